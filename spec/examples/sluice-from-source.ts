// For `node --import`: the package by its name, from its source.
import { registerHooks } from 'node:module';

const entries = new Map([
  ['sluice', '../../src/index.ts'],
  ['sluice/bullmq', '../../src/bullmq/index.ts'],
  ['sluice/plans', '../../src/plans/index.ts'],
  ['sluice/plans/sqlite', '../../src/plans/sqlite/index.ts'],
  ['sluice/workers', '../../src/workers/index.ts'],
]);

registerHooks({
  resolve: (specifier, context, next) => {
    const entry = entries.get(specifier);
    return next(entry === undefined ? specifier : new URL(entry, import.meta.url).href, context);
  },
});
