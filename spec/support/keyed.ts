import { type Task, taskFamily } from 'sluice';

/** Tasks by key, each made by whoever asks for it first. */
export function keyed(): { get: <T>(key: string, make: () => Task<T>) => Task<T>; invalidate: (which: string | { readonly prefix: string }) => void } {
  let make: ((key: string) => Task<unknown>) | undefined;
  const family = taskFamily((key: string) => make!(key));
  return {
    get<T>(key: string, making: () => Task<T>) {
      make = making;
      return family(key) as Task<T>;
    },
    invalidate(which) {
      if (typeof which === 'string') family.invalidate(which);
      else family.invalidate((key) => key.startsWith(which.prefix));
    },
  };
}
