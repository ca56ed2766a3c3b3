import { css, type Light, lights, mix } from './light.ts';
import { pick, random } from './random.ts';

export interface Photo {
  readonly id: number;
  readonly title: string;
  readonly place: string;
  readonly light: Light;
  readonly scene: (typeof scenes)[number];
  readonly photographer: number;
}

export interface Photographer {
  readonly id: number;
  readonly name: string;
  readonly home: string;
  readonly about: string;
}

/** What the grid needs of a photo: its id, and two colours to show in its place until it is there. */
export type Tile = readonly [id: number, title: string, top: string, bottom: string];

export interface Album {
  readonly id: number;
  readonly title: string;
  readonly photos: readonly Tile[];
}

const scenes = ['hills', 'sea', 'forest', 'dunes', 'town'] as const;
const subjects = {
  hills: ['The ridge', 'The pass', 'High meadows', 'The old border path', 'Three summits'],
  sea: ['The bay', 'Low tide', 'The strait', 'Open water', 'The far islands'],
  forest: ['The larch wood', 'Spruces', 'The clearing', 'The edge of the forest', 'Windbreak'],
  dunes: ['Dunes', 'The plain', 'Long shadows', 'The dry lake', 'Sand and wind'],
  town: ['The harbour town', 'Rooftops', 'The last tram', 'Lit windows', 'The lower quarter'],
} as const;
const places = ['Lake Isra', 'Valdoro', 'Cape Ennis', 'the Sorrel Coast', 'Tarnholm', 'Mount Avel', 'Brae Sound', 'the Ochre Hills', 'Port Lume', 'Fjell Odda', 'the Marrow Fens', 'San Teo', 'Quillan', 'the Grey Steppe', 'Nordvik', 'Alta Mira'];
const seasons = ['Spring', 'Early summer', 'A week', 'Autumn', 'Winter', 'Nine days', 'Return', 'A year'];
const firstNames = ['Ada', 'Bruno', 'Chidi', 'Dalia', 'Emre', 'Freya', 'Goran', 'Hana', 'Ines', 'Jonas', 'Kaya', 'Lior', 'Mina', 'Noor', 'Oskar', 'Petra'];
const lastNames = ['Varga', 'Okafor', 'Lindqvist', 'Moreau', 'Tanaka', 'Reyes', 'Novak', 'Bauer', 'Haddad', 'Keane', 'Sørensen', 'Ito'];
const habits = ['walks before sunrise and is back for breakfast', 'waits for weather that sends others home', 'carries one lens and no tripod', 'has photographed the same valley for twenty years', 'travels by night train only', 'learned on a camera found in an attic'];

export const photographers: readonly Photographer[] = Array.from({ length: 48 }, (_, id) => {
  const next = random(id + 4242);
  const first = firstNames[id % firstNames.length]!;
  return {
    id,
    name: `${first} ${lastNames[(id * 5 + Math.floor(id / 16)) % lastNames.length]!}`,
    home: pick(places, next).replace(/^the /, ''),
    about: `${first} ${pick(habits, next)}.`,
  };
});

/** Photos are numbered through: a photo's id is its place here. */
export const photos: Photo[] = [];

export const albums: readonly Album[] = Array.from({ length: 120 }, (_, id) => {
  const next = random(id + 99);
  const place = places[(id * 7) % places.length]!;
  // An album was taken by few people in few kinds of light, which makes it look like one.
  const [mood, people] = [Array.from({ length: 3 }, () => pick(lights, next)), Array.from({ length: 3 }, () => pick(photographers, next).id)];
  const of = Array.from({ length: 28 + Math.floor(next() * 45) }, (): Photo => {
    const [light, scene] = [pick(mood, next), pick(scenes, next)];
    const photo = { id: photos.length, title: `${pick(subjects[scene], next)}, ${light.name.toLowerCase()}`, place, light, scene, photographer: pick(people, next) };
    photos.push(photo);
    return photo;
  });
  return { id, title: `${pick(seasons, next)} ${place.startsWith('Lake') || place.startsWith('Cape') || place.startsWith('Mount') ? 'at' : 'in'} ${place}`, photos: of.map(tile) };
});

/** Photos by the same person in the same light first, then by that person at all. */
export function related(photo: Photo, photographer: Photographer, count: number): Tile[] {
  const others = photos.filter((other) => other.photographer === photographer.id && other.id !== photo.id);
  const alike = (other: Photo): number => Number(other.light === photo.light) + Number(other.scene === photo.scene);
  return others.sort((a, b) => alike(b) - alike(a) || a.id - b.id).slice(0, count).map(tile);
}

function tile({ id, title, light }: Photo): Tile {
  return [id, title, css(mix(light.sky[0], light.sky[1], 0.5)), css(mix(light.far, light.near, 0.6))];
}
