import sharp from 'sharp';

import type { Photo } from './catalogue.ts';
import { css, type Light, mix } from './light.ts';
import { random } from './random.ts';

// A picture is drawn on a sheet of this size, then rendered in any other.
const WIDTH = 400;
const HEIGHT = 300;

/** Paints a picture, always the same one for a photo, as WebP. */
export async function paint(photo: Photo, width: number): Promise<Uint8Array<ArrayBuffer>> {
  const svg = Buffer.from(draw(photo));
  return new Uint8Array(await sharp(svg, { density: (72 * width) / WIDTH }).resize(width).webp({ quality: 82 }).toBuffer());
}

const thumbnails = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

/** A small one, which is painted once. */
export function thumbnail(photo: Photo): Promise<Uint8Array<ArrayBuffer>> {
  let small = thumbnails.get(photo.id);
  if (!small) thumbnails.set(photo.id, small = paint(photo, 360));
  return small;
}

function draw({ id, light, scene }: Photo): string {
  const next = random(id * 7919 + 17);
  const horizon = HEIGHT * (0.5 + next() * 0.2);
  const parts = [sky(light), ...(light.night ? [stars(next, horizon)] : []), sun(light, next, horizon)];
  if (light.name === 'Northern lights') parts.push(aurora(next));
  else if (!light.night) parts.push(clouds(light, next, horizon));
  if (scene === 'sea') parts.push(ridge(light, next, 0.25, horizon, 26), sea(light, next, horizon));
  else {
    const layers = scene === 'dunes' ? 4 : 5;
    for (let i = 0; i < layers; i++) {
      const depth = i / (layers - 1);
      const base = horizon + (HEIGHT - horizon) * 0.8 * depth;
      parts.push(ridge(light, next, depth, base, (scene === 'dunes' ? 30 : 78) * (1 - depth * 0.6), scene === 'dunes' ? 2 : 5));
      if (scene === 'forest' && i > 1) parts.push(trees(light, next, depth, base));
      if (scene === 'town' && i === layers - 2) parts.push(houses(light, next, base));
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">
<defs>
<linearGradient id="sky" x2="0" y2="1">${light.sky.map((colour, i) => `<stop offset="${i * 0.33}" stop-color="${css(colour)}"/>`).join('')}</linearGradient>
<linearGradient id="sea" x2="0" y2="1"><stop stop-color="${css(mix(light.sky[2], light.far, 0.35))}"/><stop offset="1" stop-color="${css(light.near)}"/></linearGradient>
<radialGradient id="glow"><stop stop-color="${css(light.shine)}" stop-opacity=".75"/><stop offset="1" stop-color="${css(light.shine)}" stop-opacity="0"/></radialGradient>
</defs>${parts.join('')}</svg>`;
}

function sky(light: Light): string {
  return `<rect width="${WIDTH}" height="${HEIGHT}" fill="${css(light.sky[2])}"/><rect width="${WIDTH}" height="${HEIGHT}" fill="url(#sky)"/>`;
}

function sun(light: Light, next: () => number, horizon: number): string {
  const [x, y, r] = [60 + next() * 280, horizon - 20 - next() * 110, 9 + next() * 13];
  return `<circle cx="${x}" cy="${y}" r="${r * 7}" fill="url(#glow)"/><circle cx="${x}" cy="${y}" r="${r}" fill="${css(light.shine)}"/>`;
}

function stars(next: () => number, horizon: number): string {
  return Array.from({ length: 90 }, () => `<circle cx="${next() * WIDTH}" cy="${next() ** 1.5 * horizon}" r="${0.3 + next() * 0.8}" fill="#fff" opacity="${0.25 + next() * 0.75}"/>`).join('');
}

function clouds(light: Light, next: () => number, horizon: number): string {
  return Array.from({ length: 3 + Math.floor(next() * 5) }, () => {
    const [x, y, w] = [next() * WIDTH, 20 + next() * (horizon - 60), 40 + next() * 110];
    return `<g fill="${css(light.shine)}" opacity="${0.12 + next() * 0.22}"><ellipse cx="${x}" cy="${y}" rx="${w}" ry="${w * 0.07}"/><ellipse cx="${x + w * 0.2}" cy="${y - w * 0.06}" rx="${w * 0.5}" ry="${w * 0.08}"/></g>`;
  }).join('');
}

function aurora(next: () => number): string {
  return Array.from({ length: 4 }, (_, i) => {
    const y = 40 + i * 18 + next() * 20;
    const bend = (): number => y + (next() - 0.5) * 90;
    const [a, b, c] = [bend(), bend(), bend()];
    const hue = ['#5dffb0', '#39e6c0', '#7f8cff', '#b06bff'][i]!;
    return [22, 13, 6].map((width, k) => `<path d="M-20 ${y}C100 ${a} 180 ${b} 240 ${y}S360 ${c} 430 ${y - 20}" fill="none" stroke="${hue}" stroke-width="${width}" opacity="${0.08 + k * 0.07}"/>`).join('');
  }).join('');
}

/** A line of hills: a few sines of ever shorter waves. */
function ridge(light: Light, next: () => number, depth: number, base: number, height: number, roughness = 5): string {
  const waves = Array.from({ length: roughness }, (_, k) => ({ shift: next() * 6.3, pace: (0.009 + next() * 0.008) * 1.9 ** k, height: height / 1.8 ** k }));
  const points: string[] = [];
  for (let x = 0; x <= WIDTH; x += 4) {
    const y = waves.reduce((sum, wave) => sum + (Math.sin(x * wave.pace + wave.shift) - 0.4) * wave.height * 0.5, base);
    points.push(`${x} ${y.toFixed(1)}`);
  }
  const colour = mix(mix(light.far, light.sky[2], 0.35 * (1 - depth)), light.near, depth);
  return `<path d="M0 ${HEIGHT}L${points.join('L')}L${WIDTH} ${HEIGHT}Z" fill="${css(colour)}"/>`;
}

function trees(light: Light, next: () => number, depth: number, base: number): string {
  const colour = css(mix(light.far, light.near, Math.min(1, depth + 0.22)));
  const path = Array.from({ length: 26 }, () => {
    const [x, y, h] = [next() * WIDTH, base + 4 + next() * 34, (14 + next() * 26) * (0.4 + depth)];
    return `M${x} ${y - h}l${h * 0.22} ${h}h${-h * 0.44}z`;
  }).join('');
  return `<path d="${path}" fill="${colour}"/>`;
}

function houses(light: Light, next: () => number, base: number): string {
  let lit = '';
  const walls = Array.from({ length: 34 }, (_, i) => {
    const [x, w, h] = [i * 12 - 4, 9 + next() * 8, 16 + next() ** 2 * 62];
    for (let y = base - h + 5; y < base; y += 7) {
      if (next() < (light.night ? 0.55 : 0.2)) lit += `M${x + 2 + next() * (w - 5)} ${y}h2v3h-2z`;
    }
    return `M${x} ${base + 30}V${base - h}h${w}V${base + 30}z`;
  }).join('');
  return `<path d="${walls}" fill="${css(mix(light.far, light.near, 0.78))}"/><path d="${lit}" fill="#ffdf94" opacity=".9"/>`;
}

function sea(light: Light, next: () => number, horizon: number): string {
  const glints = Array.from({ length: 70 }, () => {
    const depth = next();
    return `<rect x="${next() * WIDTH}" y="${horizon + 2 + depth ** 1.6 * (HEIGHT - horizon)}" width="${4 + depth * 46}" height="${0.5 + depth * 1.5}" opacity="${0.05 + next() * 0.3}"/>`;
  }).join('');
  return `<rect y="${horizon}" width="${WIDTH}" height="${HEIGHT}" fill="url(#sea)"/><g fill="${css(light.shine)}">${glints}</g>`;
}
