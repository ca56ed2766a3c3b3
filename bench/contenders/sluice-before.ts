// The same as `sluice`, with the build that `--before` names: see run.ts.
export { contender } from './sluice.ts';
