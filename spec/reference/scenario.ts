/** A value as JSON has them. */
export type Json = null | boolean | number | string | readonly Json[] | Dictionary;
export interface Dictionary {
  readonly [key: string]: Json;
}

/** Numbers and strings are different groups; `null` is no group. */
export type Group = number | string | null;

/** What a task's function does when it is let go. */
export type Outcome = { readonly ok: Json } | { readonly fail: string };

interface Task {
  /** The id that the call returned. A hook that never came has adds that never got one. */
  readonly uid?: number;
  readonly priority?: number;
  readonly group?: Group;
  readonly upstream?: readonly number[];
  readonly kwargs?: Dictionary;
}

export interface Add extends Task {
  readonly op: 'add';
  readonly args?: readonly Json[];
  readonly ret: Outcome;
  readonly auto?: boolean;
}

export interface Pass extends Task {
  readonly op: 'pass';
}

/** How far a stop reaches; both are true where absent. */
export interface StopFlags {
  readonly stop_upstream?: boolean;
  readonly stop_downstream?: boolean;
}

export interface Hook {
  readonly op: 'hook';
  readonly on: 'completed' | 'failed' | 'group_finished';
  readonly uid?: number;
  readonly group?: Group;
  readonly do: readonly Operation[];
}

export type Operation =
  | Add
  | Pass
  | Hook
  | { readonly op: 'start' | 'pause' | 'stop_all' | 'next_group_id' | 'not_callable' | 'drain' | 'shutdown' }
  | { readonly op: 'stop'; readonly uid: number } & StopFlags
  | { readonly op: 'stop_group'; readonly group?: Group } & StopFlags
  | { readonly op: 'finish'; readonly uid: number }
  | { readonly op: 'burst'; readonly uids: readonly number[] };

export type Start = readonly ['start', uid: number, args: readonly Json[], kwargs: Dictionary];
export type Signal =
  | readonly ['completed', uid: number, group: Group, result: Json]
  | readonly ['failed', uid: number, group: Group, message: string]
  | readonly ['group_finished', group: Group]
  | readonly ['group_id', id: number]
  | readonly ['threw', what: string];
export type TraceEvent = Start | Signal;

/** Ids of the tasks that are left at the end. */
export interface Final {
  readonly pending: readonly number[];
  readonly running: readonly number[];
  readonly detached: readonly number[];
}

/** What came of a script: one list of events for each of its operations, and what was left. */
export interface Observation {
  readonly trace: readonly (readonly TraceEvent[])[];
  readonly final: Final;
}

export interface Script {
  readonly max_threads: number;
  readonly start: boolean;
  readonly script: readonly Operation[];
}

export interface Scenario extends Script, Observation {
  readonly name: string;
  readonly features: readonly string[];
}

/** Reads the scenarios of a file of traces. */
export function parseScenarios(text: string): readonly Scenario[] {
  const { format, scenarios } = JSON.parse(text) as { format?: unknown; scenarios?: unknown };
  if (format !== 1 || !Array.isArray(scenarios)) {
    throw new TypeError('A file of traces is an object with "format": 1 and a list "scenarios".');
  }
  return scenarios as Scenario[];
}

/** All operations of a script, those of its hooks included. */
export function* allOperations(script: readonly Operation[]): Generator<Operation> {
  for (const operation of script) {
    yield operation;
    if (operation.op === 'hook') yield* allOperations(operation.do);
  }
}

/** The flags of a stop, with their defaults. */
export function reach({ stop_upstream = true, stop_downstream = true }: StopFlags): { upstream: boolean; downstream: boolean } {
  return { upstream: stop_upstream, downstream: stop_downstream };
}

/** What a hook waits for, as a key. 1 and "1" are different groups. */
export function hookKey(on: Hook['on'], what: Group | undefined): string {
  return `${on} ${JSON.stringify(what ?? null)}`;
}
