import { Component, inject, signal } from '@angular/core';
import { injectTaskGroup } from 'sluice/angular';

import { samplePicture } from './sample-picture.ts';
import { UploadQueue } from './upload-queue.ts';
import { UploadRow } from './upload-row.ts';

@Component({
  selector: 'app-uploads-page',
  imports: [UploadRow],
  templateUrl: './uploads-page.html',
  styleUrl: './uploads-page.css',
})
export class UploadsPage {
  protected readonly queue = inject(UploadQueue);
  protected readonly group = injectTaskGroup('uploads');
  protected readonly over = signal(false);
  #samples = 0;

  protected choose(input: HTMLInputElement): void {
    this.queue.add(input.files ?? []);
    // So that the same files can be chosen again.
    input.value = '';
  }

  protected drop(event: DragEvent): void {
    event.preventDefault();
    this.over.set(false);
    this.queue.add(Array.from(event.dataTransfer?.files ?? []).filter(({ type }) => type.startsWith('image/')));
  }

  protected async addSamples(): Promise<void> {
    for (let i = 0; i < 12; i++) this.queue.add([await samplePicture(++this.#samples)]);
  }
}
