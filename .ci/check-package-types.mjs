// Compiles a program that uses the built package with the versions of TypeScript that are promised, the files of types
// included, for both ways in which packages are found.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { installLocked } from './install-locked.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const compilers = `${root}spec/types/compilers/`;

installLocked(compilers, 'TypeScript 5.4 and 5.9');

// The newest is the one that the project itself is compiled with.
for (const name of ['typescript-5.4', 'typescript-5.9', 'typescript']) {
  const require = createRequire(name === 'typescript' ? `${root}package.json` : `${compilers}package.json`);
  const tsc = require.resolve(`${name}/lib/tsc.js`);
  const { version } = require(`${name}/package.json`);
  for (const resolution of [['NodeNext', 'NodeNext'], ['ESNext', 'Bundler']]) {
    const [module, moduleResolution] = resolution;
    const args = [tsc, '-p', `${root}spec/types/consumer/tsconfig.dist.json`, '--module', module, '--moduleResolution', moduleResolution];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    console.log(`TypeScript ${version}, ${moduleResolution}: ${status === 0 ? 'compiles' : 'does not compile'}`);
    if (status !== 0) process.exitCode = 1;
  }
}
