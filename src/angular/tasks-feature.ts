import type { HttpQueueOptions } from './http-queue-options.ts';
import type { TaskRuntime } from './task-runtime.ts';

/** What `provideTasks` and `provideTaskScope` take besides options: made by functions such as `withHttpQueue`. */
export interface TasksFeature {
  /** @internal What requests do, for `taskInterceptor`. */
  readonly ɵhttpQueue?: HttpQueueOptions;
  /** @internal Called with the runtime once it is made. */
  readonly ɵstart?: (runtime: TaskRuntime) => void;
}
