import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { startGalleryServer } from './gallery-server.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '4200' } } });
const app = fileURLToPath(new URL('../dist/browser', import.meta.url));

try {
  const { url } = await startGalleryServer(app, Number(values.port));
  console.log(`The gallery is at ${url} (Ctrl+C ends it).`);
} catch (error) {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
  console.error(`Port ${values.port} is taken. Try another: npm run gallery -- --port 4300`);
  process.exitCode = 1;
}
