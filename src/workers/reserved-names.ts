/**
 * Names that no function of a pool can have: those of the pool itself, and those by which others take an object for
 * something that a pool is not, such as an Observable, a promise or one that is written as JSON.
 */
export const RESERVED_NAMES = ['close', 'events$', 'limits', 'ready', 'state', 'state$', 'then', 'lift', '@@observable', 'toJSON'] as const;

export type ReservedName = typeof RESERVED_NAMES[number];

export function isReserved(name: string): name is ReservedName {
  return (RESERVED_NAMES as readonly string[]).includes(name);
}
