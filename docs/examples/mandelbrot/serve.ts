// `npm run mandelbrot -- --port 4300`
import { parseArgs } from 'node:util';

import { startPageServer } from './page-server.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '4300' } } });
const { url } = await startPageServer(Number(values.port));
console.log(`${url} (Ctrl-C ends it)`);
