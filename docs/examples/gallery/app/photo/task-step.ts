import { Component, computed, input } from '@angular/core';
import type { TaskResource } from 'sluice/angular';

const WORDS = { idle: 'not asked for', waiting: 'waits for upstream', queued: 'queued', running: 'loading', completed: 'done', failed: 'failed', cancelled: 'cancelled', skipped: 'skipped' } as const;

/** How far one of the tasks of a page is. */
@Component({
  selector: 'app-task-step',
  template: `<span class="dot" aria-hidden="true"></span><span class="name">{{ name() }}</span> <span class="word">{{ word() }}</span>`,
  styleUrl: './task-step.css',
  host: { '[attr.data-phase]': 'task().phase()' },
})
export class TaskStep {
  readonly name = input.required<string>();
  readonly task = input.required<Pick<TaskResource<unknown>, 'phase' | 'attempt'>>();

  protected readonly word = computed(() => {
    const [phase, attempt] = [this.task().phase(), this.task().attempt()];
    if (phase === 'waiting' && attempt > 0) return 'tries again soon';
    return phase === 'running' && attempt > 1 ? `loading, try ${attempt}` : WORDS[phase];
  });
}
