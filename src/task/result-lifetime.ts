/** How long the result of a task is kept. A task of a family with `keepFor` has one. */
export interface ResultLifetime {
  /** Whether the result has been kept for its time. */
  readonly isOver: boolean;
  /** The task has completed. */
  begin(): void;
  /** The result has been forgotten. */
  end(): void;
}
