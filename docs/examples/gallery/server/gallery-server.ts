import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';

import { type HttpBindings, serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';

import { albums, photographers, photos, related } from './catalogue.ts';
import { Conditions } from './conditions.ts';
import { paint, thumbnail } from './paint.ts';
import { type Kind, RequestLog } from './request-log.ts';
import { MAX_UPLOAD, UploadStore } from './upload-store.ts';

export interface GalleryServer {
  readonly url: string;
  readonly log: RequestLog;
  readonly conditions: Conditions;
  close(): Promise<void>;
}

/** Serves the built app in the folder `app`, and what it asks for under /api. Port 0 takes any that is free. */
export async function startGalleryServer(app: string, port = 0): Promise<GalleryServer> {
  const [log, conditions, uploads] = [new RequestLog(), new Conditions(), new UploadStore()];
  const hono = new Hono<{ Bindings: HttpBindings }>();

  /** Logs a request, and lets it meet the conditions before it is answered. */
  const as = (kind: Kind): MiddlewareHandler<{ Bindings: HttpBindings }> => async (c, next) => {
    const end = log.start(kind, c.req.method, c.env.incoming.url ?? '');
    const gone = new AbortController();
    c.env.outgoing.once('close', () => {
      const { writableFinished, statusCode } = c.env.outgoing;
      end(!writableFinished ? 'aborted' : statusCode < 400 ? 'answered' : 'failed');
      if (!writableFinished) gone.abort();
    });
    if (await conditions.meet(kind, gone.signal) === 'fail') return c.json({ message: 'The server was told to fail.' }, 503);
    if (gone.signal.aborted) return c.body(null, 499 as 500);
    return next();
  };

  const image = (bytes: Uint8Array<ArrayBuffer>): Response =>
    new Response(bytes, { headers: { 'content-type': 'image/webp', 'cache-control': 'max-age=600' } });

  hono.get('/api/albums', as('albums'), (c) => c.json(albums));

  hono.get('/api/thumbs/:id', as('thumb'), async (c) => {
    const photo = photos[Number(c.req.param('id'))];
    if (!photo) return c.notFound();
    return image(await thumbnail(photo));
  });

  hono.get('/api/images/:id', as('image'), async (c) => {
    const photo = photos[Number(c.req.param('id'))];
    return photo ? image(await paint(photo, 1600)) : c.notFound();
  });

  hono.get('/api/photos/:id', as('photo'), (c) => {
    const photo = photos[Number(c.req.param('id'))];
    if (!photo) return c.notFound();
    const { id, title, place, light, photographer } = photo;
    return c.json({ id, title, place, light: light.name, photographer, last: photos.length - 1 });
  });

  hono.get('/api/photographers/:id', as('photographer'), (c) => {
    const photographer = photographers[Number(c.req.param('id'))];
    if (!photographer) return c.notFound();
    return c.json({ ...photographer, photos: photos.filter((photo) => photo.photographer === photographer.id).length });
  });

  hono.get('/api/photographers/:id/related', as('related'), (c) => {
    const photographer = photographers[Number(c.req.param('id'))];
    const photo = photos[Number(c.req.query('photo'))];
    return photo && photographer ? c.json(related(photo, photographer, 8)) : c.notFound();
  });

  hono.get('/api/uploads/:id', as('upload'), (c) => c.json({ received: uploads.received(c.req.param('id')) }));

  hono.put('/api/uploads/:id', as('chunk'), async (c) => {
    const [size, offset] = [Number(c.req.query('size')), Number(c.req.query('offset'))];
    if (!(size > 0 && size <= MAX_UPLOAD)) return c.json({ message: `A picture has 1 to ${MAX_UPLOAD} bytes.` }, 413);
    try {
      const piece = new Uint8Array(await c.req.arrayBuffer());
      return c.json({ received: await uploads.take(c.req.param('id'), c.req.query('name') ?? '', size, offset, piece) });
    } catch {
      return c.json({ message: 'This is not a picture.' }, 415);
    }
  });

  hono.get('/api/uploads/:id/thumb', (c) => {
    const thumb = uploads.thumb(c.req.param('id'));
    return thumb ? image(thumb) : c.notFound();
  });

  hono.get('/api/conditions', as('conditions'), (c) => c.json({ latency: conditions.latency, failureRate: conditions.failureRate }));
  hono.put('/api/conditions', as('conditions'), async (c) => {
    const { latency, failureRate } = await c.req.json<Record<string, unknown>>();
    conditions.latency = Math.min(5_000, Math.max(0, Number(latency) || 0));
    conditions.failureRate = Math.min(1, Math.max(0, Number(failureRate) || 0));
    return c.json({ latency: conditions.latency, failureRate: conditions.failureRate });
  });

  hono.all('/api/*', (c) => c.notFound());
  hono.use('*', serveStatic({ root: app }));
  // What is no file is a page of the app.
  hono.get('*', async (c) => c.html(await readFile(`${app}/index.html`, 'utf8')));

  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const starting = serve({ fetch: hono.fetch, port, hostname: '127.0.0.1' }, () => resolve(starting));
    starting.once('error', reject);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    log,
    conditions,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    }),
  };
}
