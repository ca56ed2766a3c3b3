// A thread that reads and hashes files. Started by hash-pool.ts.
import { expose } from 'sluice/workers';

import { hashFiles } from './hash-files.ts';

export const hashing = { hashFiles };

expose(hashing);
