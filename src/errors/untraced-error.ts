/**
 * An error without a stack trace, in V8. To take one costs more than all the rest of ending a task, and these
 * are made by the thousand, in loops of Sluice that a trace would show.
 */
export class UntracedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error as { stackTraceLimit?: number | undefined };
    // Of V8, and no harm elsewhere. Not by assignment, which throws where built-in objects are frozen.
    Reflect.set(Error, 'stackTraceLimit', 0);
    super(message, options);
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}
