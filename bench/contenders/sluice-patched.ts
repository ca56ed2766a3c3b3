import type { Contender } from '../contender.ts';
import { sluice } from './sluice.ts';

export const contender: Contender = sluice({ watched: 'patches' });
