import type { Provider } from '@angular/core';

/** What `provideTasks` and `provideTaskScope` take besides options: made by functions such as `withHttpQueue`. */
export interface TasksFeature {
  /** @internal */
  readonly ɵkind: 'http-queue' | 'network-pause';
  /** @internal */
  readonly ɵproviders: readonly Provider[];
}
