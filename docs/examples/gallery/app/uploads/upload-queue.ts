import { HttpClient } from '@angular/common/http';
import { computed, inject, Service } from '@angular/core';
import type { TaskStatus } from 'sluice';
import { injectTaskRunner, type TaskHandle } from 'sluice/angular';

import { twice } from '../twice.ts';
import { sendFile } from './send-file.ts';

/** A file that is to be sent. Its id is how the server knows what it has of it already. */
interface Outgoing {
  readonly id: string;
  readonly file: File;
}

export type Upload = TaskHandle<number, Outgoing>;

/** The files that are being sent. It belongs to the application, so they go on whatever page is shown. */
@Service()
export class UploadQueue {
  readonly #http = inject(HttpClient);
  readonly #runner = injectTaskRunner({
    group: 'uploads',
    // Sending again goes on where the server is, so trying again costs little.
    policies: [twice],
    run: ({ id, file }: Outgoing, context) => sendFile(this.#http, id, file, context),
  });

  readonly all = this.#runner.handles;
  readonly done = computed(() => this.#in('completed').length);
  readonly failed = computed(() => this.#in('failed').length);
  /** How many are on their way, or will be. */
  readonly pending = computed(() => this.all().filter(({ phase }) => ['waiting', 'queued', 'running'].includes(phase())).length);
  /** For those who hear the page. */
  readonly announcement = computed(() => {
    const [all, done, failed] = [this.all().length, this.done(), this.failed()];
    if (all === 0) return '';
    return `${done} of ${all} pictures sent${failed > 0 ? `, ${failed} failed` : ''}.`;
  });

  add(files: Iterable<File>): void {
    for (const file of files) this.#runner.run({ id: crypto.randomUUID(), file });
  }

  remove(upload: Upload): void {
    this.#runner.remove(upload);
  }

  clearDone(): void {
    for (const upload of this.#in('completed')) this.remove(upload);
  }

  retryFailed(): void {
    for (const upload of this.#in('failed')) upload.retry();
  }

  #in(phase: TaskStatus): readonly Upload[] {
    return this.all().filter((upload) => upload.phase() === phase);
  }
}
