import { Component, computed, input } from '@angular/core';

import type { Album } from '../api.ts';
import { PhotoTile } from './photo-tile.ts';
import { injectSeen } from './seen.ts';

/** An album. It always takes its room, but has tiles only while it is near: scrolled away, they go, and their tasks with them. */
@Component({
  selector: 'app-album-section',
  imports: [PhotoTile],
  template: `
    <h2 [id]="'album-' + album().id">{{ album().title }} <small>{{ album().photos.length }} pictures</small></h2>
    <div class="grid" [class.far]="!near()" [style.--rows]="rows()">
      @if (near()) {
        @for (tile of album().photos; track tile[0]) { <app-photo-tile [tile]="tile" /> }
      }
    </div>`,
  styleUrl: './album-section.css',
  host: { role: 'group', '[attr.aria-labelledby]': '"album-" + album().id' },
})
export class AlbumSection {
  readonly album = input.required<Album>();
  readonly columns = input.required<number>();

  protected readonly near = injectSeen('400px');
  protected readonly rows = computed(() => Math.ceil(this.album().photos.length / this.columns()));
}
