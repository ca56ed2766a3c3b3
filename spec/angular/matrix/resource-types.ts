// Compiled against the types of each version of Angular: a task is a Resource of that version.
import type { Resource } from '@angular/core';
import { injectTask } from 'sluice/angular';

export function assigned(): [Resource<number | undefined>, Resource<number>] {
  const task = injectTask({ run: () => 1 });
  const some: number | undefined = task.hasValue() ? task.value() : undefined;
  return [injectTask({ params: () => some, run: ({ params }) => params + 1 }), injectTask({ run: () => 1, defaultValue: 0 })];
}
