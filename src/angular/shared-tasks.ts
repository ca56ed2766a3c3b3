import { InvalidInputError, type Task, type TaskFamily, taskFamily } from '../index.ts';

type Shared = TaskFamily<[key: string, make: () => Task<unknown>], unknown>;

/** The tasks of an application that are shared by their key: a family for each time that results are kept. */
export class SharedTasks {
  readonly #families: Map<number | undefined, Shared> = new Map();

  /** The task of that key, which `make` makes if there is none. */
  get(key: string, keepFor: number | undefined, make: () => Task<unknown>): Task<unknown> {
    checkKey('key', key);
    let family = this.#families.get(keepFor);
    if (family === undefined) this.#families.set(keepFor, family = taskFamily((_, make) => make(), { keepFor, key: (key) => key }));
    return family(key, make);
  }

  /** Forgets the results of the tasks whose keys are picked. */
  invalidate(match: (key: string) => boolean): void {
    for (const family of this.#families.values()) family.invalidate(match);
  }
}

export function checkKey(where: string, key: unknown): void {
  if (typeof key !== 'string' || key === '') throw new InvalidInputError(where, 'a string that is not empty', key);
}
