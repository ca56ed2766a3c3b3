import type { Link } from './task-node.ts';

/** What engines say of a change to what is frozen, and immer of one to a frozen Map or Set. */
const REFUSED = /^TypeError: .*(read.?only|not extensible|delete property|be deleted)|been frozen/i;
const HINT = 'Results of upstream are frozen, as tasks share them: change a copy, or set the option freeze to false.';

/**
 * Has an error say why an upstream result cannot be changed and how to mend that, if it may be about one. It
 * stays the error that was thrown.
 */
export function mentionFreeze(error: unknown, links: readonly Link[]): void {
  try {
    if (!(error instanceof Error) || !REFUSED.test(String(error)) || error.message.includes(HINT) || !links.some(bringsFrozen)) return;
    const { message, stack } = error;
    error.message = `${message.replace(/\.$/, '')}. ${HINT}`;
    // It has the message of when the error was made, and is what consoles show.
    if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  } catch {
    // An error may be anything: a proxy, or frozen itself. Then it stays as it is.
  }
}

function bringsFrozen({ value }: Link): boolean {
  return typeof value === 'object' && Object.isFrozen(value);
}
