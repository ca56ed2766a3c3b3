// A thread that paints. Started by main.ts.
import { expose } from 'sluice/workers';

import { paint } from './paint.ts';

export const painting = { paint };

expose(painting);
