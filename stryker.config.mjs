// `npm run mutation`: run by hand now and then, it takes long. `-- --mutate src/task/merge-kwargs.ts` looks at one file.
export default {
  testRunner: 'vitest',
  // --expose-gc is not for threads.
  vitest: { pool: 'forks' },
  checkers: ['typescript'],
  tsconfigFile: 'tsconfig.build.json',
  mutate: ['src/scheduler/**/*.ts', 'src/task/**/*.ts'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'progress', 'html', 'json'],
};
