import { HttpClient, httpResource, provideHttpClient } from '@angular/common/http';
import { afterEveryRender, type ApplicationConfig, ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { injectTask, provideTasks } from 'sluice/angular';

/** What is counted, and how the page is told what to do. */
const counts = { renders: 0, rows: 0, resolved: 0 };

@Component({
  selector: 'app-bare',
  template: '{{ check() }}{{ data.hasValue() ? data.value() : data.status() }}',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Bare {
  readonly id = input.required<number>();
  readonly data = httpResource.text(() => `/api/${this.id()}`);
  check(): string {
    counts.rows++;
    if (this.data.status() === 'resolved') counts.resolved++;
    return '';
  }
}

@Component({
  selector: 'app-queued',
  template: '{{ check() }}{{ data.hasValue() ? data.value() : data.status() }}',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Queued {
  readonly #http = inject(HttpClient);
  readonly id = input.required<number>();
  readonly data = injectTask({
    group: new URL(location.href).searchParams.get('group') ?? 'free',
    params: () => this.id(),
    run: ({ params }) => this.#http.get(`/api/${params}`, { responseType: 'text' }),
  });
  check(): string {
    counts.rows++;
    if (this.data.status() === 'resolved') counts.resolved++;
    return '';
  }
}

@Component({
  selector: 'app-root',
  imports: [Bare, Queued],
  template: `
    @for (id of ids(); track id) {
      @if (group === 'bare') { <app-bare [id]="id" /> } @else { <app-queued [id]="id" /> }
    }`,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Root {
  readonly group = new URL(location.href).searchParams.get('group') ?? 'free';
  readonly count = signal(0);
  readonly ids = computed(() => Array.from({ length: this.count() }, (_, i) => i));
  constructor() {
    Object.assign(globalThis, { counts, show: (count: number) => { this.count.set(count); } });
    afterEveryRender({ read: () => { counts.renders++; } });
  }
}

export const config: ApplicationConfig = {
  providers: [provideTasks({ groups: { six: { concurrency: 6 } } }), provideHttpClient()],
};
