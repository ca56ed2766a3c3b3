import type { Contender } from '../contender.ts';
import { sluice } from './sluice.ts';

const names = process.env['BENCH_POLICIES'];

export const contender: Contender = sluice({ policies: names === undefined ? 'all' : names.split(',') });
