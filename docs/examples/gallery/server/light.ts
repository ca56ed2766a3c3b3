export type Rgb = readonly [number, number, number];

/** The light in which a picture is painted: the sky from top to horizon, what shines in it, the land from far to near. */
export interface Light {
  readonly name: string;
  readonly sky: readonly [Rgb, Rgb, Rgb];
  readonly shine: Rgb;
  readonly far: Rgb;
  readonly near: Rgb;
  readonly night: boolean;
}

export const lights: readonly Light[] = [
  light('Dawn', '#3d5a98 #b58db6 #f7c59f', '#fff1d6', '#9a86b4', '#26304f'),
  light('Sunrise', '#4d6fa9 #f2a488 #ffd9a0', '#fff6d8', '#b98b96', '#3a2d4a'),
  light('Morning', '#5aa3d8 #a9d4ea #eaf6f2', '#ffffff', '#9dc3cf', '#1f5560'),
  light('Noon', '#2f80d0 #7fbcec #dff2fb', '#fffdf0', '#8fb4cc', '#245c3c'),
  light('Haze', '#b9c7c9 #d8dcd2 #f1eadb', '#fffaf0', '#c0c4ba', '#5a6a62'),
  light('Late summer', '#5fa8c4 #bfdcc2 #f6ecb6', '#fffbe0', '#b3c694', '#3f5a2c'),
  light('Golden hour', '#6a86b6 #f0b674 #ffe0a3', '#fff4c9', '#c99a72', '#4b2f33'),
  light('Sunset', '#3b3f80 #d9647a #ffb169', '#ffe7b0', '#a0587a', '#221a3d'),
  light('Dusk', '#22305f #7e5a98 #e58f8b', '#ffd9c2', '#6d5690', '#15163a'),
  light('Blue hour', '#14264f #2f5590 #8fb2d6', '#eaf3ff', '#466a9c', '#0b1836', true),
  light('Moonlight', '#081226 #16305a #3f648f', '#f2f6ff', '#2c4a72', '#050c1d', true),
  light('Northern lights', '#061423 #0d3b4a #2d8a78', '#d7ffe9', '#174d57', '#04121c', true),
  light('Storm', '#37434f #6b7a83 #b4bcb8', '#eef2ef', '#7c8a8d', '#232f33'),
  light('First snow', '#8fa6be #c4d2dd #f3f5f4', '#ffffff', '#b9c8d4', '#4b6072'),
];

export function css([r, g, b]: Rgb): string {
  return `rgb(${r},${g},${b})`;
}

export function mix(a: Rgb, b: Rgb, part: number): Rgb {
  const at = (i: 0 | 1 | 2): number => Math.round(a[i] + (b[i] - a[i]) * part);
  return [at(0), at(1), at(2)];
}

function light(name: string, sky: string, shine: string, far: string, near: string, night = false): Light {
  const [top, middle, low] = sky.split(' ').map(rgb);
  return { name, sky: [top!, middle!, low!], shine: rgb(shine), far: rgb(far), near: rgb(near), night };
}

function rgb(hex: string): Rgb {
  const at = (i: number): number => Number.parseInt(hex.slice(i, i + 2), 16);
  return [at(1), at(3), at(5)];
}
