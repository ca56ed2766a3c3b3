// For `node --import`: the package by its name, from its source.
import { registerHooks } from 'node:module';

const source = new URL('../../src/index.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'sluice' ? source : specifier, context),
});
