import { provideHttpClient } from '@angular/common/http';
import { type ApplicationConfig, provideBrowserGlobalErrorListeners } from '@angular/core';
import { provideRouter, withComponentInputBinding, withInMemoryScrolling } from '@angular/router';
import { provideTasks } from 'sluice/angular';

import { routes } from './app.routes.ts';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    // A browser opens six connections to a server and queues what comes after, first come, first served.
    // Up to six it is Sluice that says who goes next.
    provideTasks({
      concurrency: 6,
      groups: { thumbnails: { concurrency: 4 }, details: { concurrency: 3 }, uploads: { concurrency: 2 } },
    }),
    provideHttpClient(),
    provideRouter(routes, withComponentInputBinding(), withInMemoryScrolling({ scrollPositionRestoration: 'enabled' })),
  ],
};
