import { DecimalPipe, PercentPipe } from '@angular/common';
import { Component, computed, input, linkedSignal, output } from '@angular/core';

import { objectUrl } from '../picture/object-url.ts';
import type { Upload } from './upload-queue.ts';

const WORDS = { idle: 'Not queued', waiting: 'Waiting', queued: 'Queued', running: 'Sending', completed: 'Sent', failed: 'Failed', cancelled: 'Paused', skipped: 'Skipped' } as const;

@Component({
  selector: 'app-upload-row',
  imports: [DecimalPipe, PercentPipe],
  templateUrl: './upload-row.html',
  styleUrl: './upload-row.css',
  host: { '[attr.data-status]': 'upload().phase()' },
})
export class UploadRow {
  readonly upload = input.required<Upload>();
  readonly removed = output();

  protected readonly file = computed(() => this.upload().input.file);
  protected readonly preview = objectUrl(() => this.file());
  protected readonly word = computed(() => {
    const [phase, attempt] = [this.upload().phase(), this.upload().attempt()];
    return phase === 'waiting' && attempt > 0 ? 'Failed, tries again soon' : WORDS[phase];
  });
  protected readonly unsettled = computed(() => ['waiting', 'queued', 'running'].includes(this.upload().phase()));
  protected readonly fraction = linkedSignal<number, number>({
    source: () => (this.upload().phase() === 'completed' ? 1 : this.upload().progress()?.fraction ?? 0),
    // A run that goes on with what was paused has reported nothing at first, but the server has what was sent before.
    computation: (now, before) => Math.max(now, before?.value ?? 0),
  });
}
