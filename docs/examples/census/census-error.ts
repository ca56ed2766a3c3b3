/** What ends the program. Its message is for the person who called it, and all that is shown of it. */
export class CensusError extends Error {
  override readonly name: string = 'CensusError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }

  static because(what: string, cause: unknown): CensusError {
    return new CensusError(`${what}: ${messageOf(cause)}`, 1, { cause });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
