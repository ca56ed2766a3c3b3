import { expose, transfer } from 'sluice/workers';

import { bounce, burn } from './jobs.ts';

export const jobs = {
  noop: (): void => {},
  burn,
  move: ({ bytes }: { bytes: Uint8Array<ArrayBuffer> }): Uint8Array<ArrayBuffer> => transfer(bounce(bytes), [bytes.buffer]),
  copy: ({ bytes }: { bytes: Uint8Array<ArrayBuffer> }): Uint8Array<ArrayBuffer> => bounce(bytes),
};

expose(jobs);
