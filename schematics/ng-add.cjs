// What `ng add sluice` does once the package is installed. CommonJS, as Angular's CLI loads schematics.
const { createRequire } = require('node:module');
const { cwd } = require('node:process');

/** @param {{ readonly project?: string }} options */
exports.ngAdd = options => async (tree, { logger }) => {
  const { addRootProvider, readWorkspace } = load('@schematics/angular/utility');
  const { projects } = await readWorkspace(tree);
  const applications = [...projects].filter(([, { extensions }]) => extensions.projectType === 'application').map(([name]) => name);
  const name = options.project ?? applications[0];
  if (!applications.includes(name)) {
    throw new Error(`ng add sluice: there is no application ${name ? `"${name}"` : 'in this workspace'}. Applications: ${applications.join(', ') || 'none'}. Add provideTasks() to the providers of yours by hand.`);
  }
  const { root, sourceRoot = `${root}/src` } = projects.get(name);
  if (isProvided(tree, sourceRoot)) {
    logger.info(`${name} has provideTasks() already.`);
    return undefined;
  }
  logger.info(`${name} has a task manager now: see provideTasks() among its providers. The guide: node_modules/sluice/docs/guides/angular.md`);
  return addRootProvider(name, ({ code, external }) => code`${external('provideTasks', 'sluice/angular')}()`);
};

/** Whether a source file of the application calls it. */
function isProvided(tree, folder) {
  let found = false;
  tree.getDir(folder).visit(path => {
    if (path.endsWith('.ts') && !path.includes('/node_modules/')) found ||= tree.readText(path).includes('provideTasks(');
  });
  return found;
}

/** A package of Angular's CLI, also where packages see none but their own dependencies. */
function load(name) {
  try {
    return require(name);
  } catch {
    return createRequire(require.resolve('@angular/cli/package.json', { paths: [cwd()] }))(name);
  }
}
