import { Input } from '@angular/core';

/**
 * Makes a signal input known to Angular's JIT compiler, as the decorator that the Angular CLI adds does.
 * Otherwise a template cannot set it.
 */
export function signalInput(alias: string): PropertyDecorator {
  return Input({ isSignal: true, alias, required: true } as { alias: string; required: boolean }) as PropertyDecorator;
}
