import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.map': 'application/json' };

export interface PageServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves what build.ts has made. The page is isolated, so that its threads can share memory. */
export async function startPageServer(port = 0): Promise<PageServer> {
  const server = createServer((request, response) => {
    const name = /^\/([\w.]*)(\?|$)/.exec(request.url ?? '')?.[1] ?? 'none';
    void readFile(new URL(`dist/${name || 'index.html'}`, import.meta.url)).then(
      (body) => {
        response.writeHead(200, {
          'content-type': `${TYPES[extname(name || 'index.html')] ?? 'text/plain'}; charset=utf-8`,
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        }).end(body);
      },
      () => { response.writeHead(404).end('There is no such file.'); },
    );
  });
  await new Promise<void>((resolve, reject) => { server.on('error', reject).listen(port, 'localhost', resolve); });
  return {
    url: `http://localhost:${String((server.address() as AddressInfo).port)}/`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
}
