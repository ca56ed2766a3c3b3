import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { SchematicTestRunner, type UnitTestTree } from '@angular-devkit/schematics/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sluice = new SchematicTestRunner('sluice', `${root}schematics/collection.json`);
const angular = new SchematicTestRunner('angular', `${root}node_modules/@schematics/angular/collection.json`);

/** A workspace as `ng new` makes it, with these applications. */
async function workspace(...applications: { name: string; standalone?: boolean }[]): Promise<UnitTestTree> {
  let tree = await angular.runSchematic('workspace', { name: 'shop', version: '22.0.0', newProjectRoot: 'projects' });
  for (const application of applications) tree = await angular.runSchematic('application', { skipInstall: true, style: 'css', ssr: false, ...application }, tree);
  return tree;
}

describe('ng add sluice', () => {
  it('gives an application its task manager', async () => {
    const tree = await sluice.runSchematic('ng-add', { project: 'shop' }, await workspace({ name: 'shop' }));
    const config = tree.readText('/projects/shop/src/app/app.config.ts');
    expect(config).toMatch(/^import \{ provideTasks \} from 'sluice\/angular';$/m);
    expect(config).toMatch(/providers: \[[^\]]*\bprovideTasks\(\)/);
    expect(config.match(/provideTasks/g)).toHaveLength(2);
  });

  it('takes the first application where none is named, and leaves the others alone', async () => {
    const before = await workspace({ name: 'shop' }, { name: 'admin' });
    const tree = await sluice.runSchematic('ng-add', {}, before);
    expect(tree.readText('/projects/shop/src/app/app.config.ts')).toContain('provideTasks()');
    expect(tree.readText('/projects/admin/src/app/app.config.ts')).not.toContain('provideTasks');
  });

  it('knows applications with an NgModule as well', async () => {
    const tree = await sluice.runSchematic('ng-add', { project: 'old' }, await workspace({ name: 'old', standalone: false }));
    expect(tree.readText('/projects/old/src/app/app-module.ts')).toMatch(/providers: \[[^\]]*\bprovideTasks\(\)/);
  });

  it('changes nothing where it was done already', async () => {
    const once = await sluice.runSchematic('ng-add', { project: 'shop' }, await workspace({ name: 'shop' }));
    const text = once.readText('/projects/shop/src/app/app.config.ts');
    const twice = await sluice.runSchematic('ng-add', { project: 'shop' }, once);
    expect(twice.readText('/projects/shop/src/app/app.config.ts')).toBe(text);
  });

  it('says which applications there are when it finds none', async () => {
    await expect(sluice.runSchematic('ng-add', { project: 'shp' }, await workspace({ name: 'shop' }))).rejects.toThrow('there is no application "shp". Applications: shop.');
    await expect(sluice.runSchematic('ng-add', {}, await workspace())).rejects.toThrow('there is no application in this workspace. Applications: none.');
  });
});

describe('the CLI', () => {
  let folder: string;
  beforeEach(() => {
    mkdirSync(`${root}reports`, { recursive: true });
    folder = mkdtempSync(`${root}reports/ng-add-`);
  });
  afterEach(() => { rmSync(folder, { recursive: true }); });

  it('does it with `ng add sluice`, from the package that is installed', async () => {
    const tree = await workspace({ name: 'shop' });
    tree.visit((path) => {
      mkdirSync(`${folder}${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
      writeFileSync(`${folder}${path}`, tree.read(path)!);
    });
    // The package is found where Node finds it: this project is linked into its own node_modules.
    const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}node_modules/@angular/cli/bin/ng.js`, 'add', 'sluice', '--skip-confirmation'], {
      cwd: folder, encoding: 'utf8', env: { ...process.env, NG_CLI_ANALYTICS: 'false', CI: 'true' },
    });
    expect(stdout + stderr).toContain('shop has a task manager now');
    expect(status).toBe(0);
    expect(readFileSync(`${folder}/projects/shop/src/app/app.config.ts`, 'utf8')).toContain('provideTasks()');
  }, 120_000);
});
