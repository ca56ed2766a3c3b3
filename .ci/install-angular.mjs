// Runs before the specs on each version of Angular: installs what the lock files beside them say.
import { fileURLToPath } from 'node:url';

import { installLocked } from './install-locked.mjs';

const matrix = fileURLToPath(new URL('../spec/angular/matrix/', import.meta.url));

for (const version of ['20', '21', '22']) installLocked(matrix + version, `Angular ${version}`);
