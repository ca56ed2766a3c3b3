import { expose } from 'sluice/workers';

import { fixture } from './fixture.ts';

expose(fixture);
