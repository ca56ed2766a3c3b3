// Which part may import which: docs, spec → src, and inside src one way only,
// errors ← scheduler ← task ← state ← manager, and task ← policies. Type imports count too; for cycles, in src alone.

const core = '(errors|scheduler|task|policies|state|manager)';

const rule = (name, comment, from, to) => ({
  name,
  comment,
  severity: 'error',
  from: typeof from === 'string' ? { path: from } : from,
  to,
});

// A folder of the core may import itself and those named, nothing else of src.
const layer = (folder, ...below) =>
  rule(
    `core-${folder}`,
    `${folder} may import ${below.length > 0 ? below.join(', ') : 'nothing'} of ours.`,
    `^src/${folder}/`,
    { path: '^src/', pathNot: `^src/(${[folder, ...below].join('|')})/` },
  );

export default {
  forbidden: [
    layer('errors'),
    layer('scheduler', 'errors'),
    layer('task', 'errors', 'scheduler'),
    layer('policies', 'errors', 'scheduler', 'task'),
    layer('manager', 'errors', 'scheduler', 'task', 'state'),
    layer('state', 'errors', 'scheduler', 'task'),
    rule('core-index', 'The core knows no entry point.', '^src/index\\.ts$', {
      path: '^src/',
      pathNot: `^src/${core}/`,
    }),
    rule('core-packages', 'The core imports rxjs and immer, no Node module and nothing else.', `^src/(index\\.ts$|${core}/)`, {
      pathNot: '^(src/|node_modules/(rxjs|immer)/)',
    }),
    rule(
      'entry-points',
      'An entry point imports the core through src/index.ts, and no other entry point.',
      { path: '^src/([^/]+)/', pathNot: `^src/(${core}|bullmq)/` },
      { path: '^src/', pathNot: '^src/(index\\.ts$|$1/)' },
    ),
    rule('bullmq', 'sluice/bullmq is an engine of sluice/plans.', '^src/bullmq/', { path: '^src/', pathNot: '^src/(index\\.ts$|bullmq/|plans/[^/]+$)' }),
    rule('plans-without-engines', 'sluice/plans imports no journal of a platform.', '^src/plans/[^/]+$', { path: '^src/plans/(sqlite|indexeddb)/' }),
    rule('plans-packages', 'sluice/plans imports rxjs, and nothing of a platform.', '^src/plans/[^/]+$', { pathNot: '^(src/|node_modules/rxjs/)' }),
    rule('sqlite-packages', 'sluice/plans/sqlite imports Node alone.', '^src/plans/sqlite/', { pathNot: '^(src/|node_modules/(rxjs|@types/node)/|node:|(fs|os|path|sqlite|url)$)' }),
    rule('bullmq-packages', 'sluice/bullmq imports bullmq, ioredis and rxjs.', '^src/bullmq/', { pathNot: '^(src/|node_modules/(rxjs|bullmq|ioredis|@types/node)/|node:|(crypto|os|process)$)' }),
    rule('angular-testing', 'sluice/angular/testing imports the public names of sluice/angular.', '^src/angular/testing/', {
      path: '^src/angular/',
      pathNot: '^src/angular/(index\\.ts$|testing/)',
    }),
    rule('angular-without-testing', 'Nothing of sluice/angular is for tests.', { path: '^src/angular/', pathNot: '^src/angular/testing/' }, {
      path: '^src/angular/testing/',
    }),
    rule('angular-packages', 'sluice/angular imports Angular and rxjs, and nothing else.', '^src/angular/', {
      pathNot: '^(src/|node_modules/(rxjs|@angular/(core|common))/)',
    }),
    rule('src-alone', 'What is published leans on nothing that is not.', '^src/', {
      path: '^(spec|docs|bench|dist)/',
    }),
    rule('examples-by-name', 'Examples import the package by its name, as users do.', '^docs/examples/', {
      path: '^(src|spec|bench|dist)/',
      dependencyTypesNot: ['aliased-tsconfig-paths'],
    }),
    rule('no-cycle', 'Modules that need each other are one module.', {}, {
      circular: true,
      viaOnly: { dependencyTypesNot: ['type-only'] },
    }),
    rule('no-cycle-of-types', 'In the library, types that need each other stand in one module.', '^src/', { circular: true }),
    rule('resolvable', 'Every import leads somewhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    // Adapters to packages that only bench installs.
    exclude: { path: '^(bench/(peers|node_modules)|spec/angular/matrix)/' },
    doNotFollow: { path: ['^node_modules/', '^dist/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
