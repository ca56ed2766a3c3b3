import { HttpClient, httpResource, provideHttpClient, withInterceptors } from '@angular/common/http';
import { type ApplicationConfig, ChangeDetectionStrategy, Component, inject, input, provideZonelessChangeDetection } from '@angular/core';
import { provideClientHydration } from '@angular/platform-browser';
import { injectTask, provideTasks, taskInterceptor, withHttpQueue, withTask } from 'sluice/angular';

@Component({
  selector: 'app-row',
  template: `@if (task.hasValue()) { <b>{{ task.value() }}</b> } @else { <i>{{ task.phase() }}</i> }`,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Row {
  readonly #http = inject(HttpClient);
  readonly id = input.required<number>();
  readonly task = injectTask({
    group: 'rows',
    params: () => this.id(),
    run: ({ params }) => this.#http.get(`/api/rows/${params}`, { responseType: 'text' }),
  });
}

@Component({
  selector: 'app-root',
  imports: [Row],
  template: `
    @for (id of ids; track id) { <app-row [id]="id" /> }
    @if (meta.hasValue()) { <u>{{ meta.value() }}</u> } @else { <i>{{ meta.status() }}</i> }
    @if (skipped.hasValue()) { <s>{{ skipped.value() }}</s> } @else { <em>{{ skipped.phase() }}</em> }`,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Root {
  readonly #http = inject(HttpClient);
  readonly ids = [1, 2, 3];
  readonly meta = httpResource.text(() => ({ url: '/api/meta', context: withTask({ group: 'rows' }) }));
  readonly skipped = injectTask({ group: 'later', run: () => this.#http.get('/api/later', { responseType: 'text' }) });
}

export const config: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    provideClientHydration(),
    provideTasks({ groups: { rows: { concurrency: 1 }, later: { server: 'skip' } } }, withHttpQueue()),
    provideHttpClient(withInterceptors([taskInterceptor])),
  ],
};
