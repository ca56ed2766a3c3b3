import { HttpClient } from '@angular/common/http';
import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { withTimeout } from 'sluice';
import { injectTask } from 'sluice/angular';

import type { Tile } from '../api.ts';
import { objectUrl } from '../picture/object-url.ts';
import { twice } from '../twice.ts';
import { injectSeen } from './seen.ts';

/** A thumbnail. What is visible goes first; what is destroyed before its turn is never asked for. */
@Component({
  selector: 'app-photo-tile',
  imports: [RouterLink],
  templateUrl: './photo-tile.html',
  styleUrl: './photo-tile.css',
  host: { '[style.--top]': 'tile()[2]', '[style.--bottom]': 'tile()[3]', '[attr.data-phase]': 'thumb.phase()' },
})
export class PhotoTile {
  readonly tile = input.required<Tile>();

  readonly #http = inject(HttpClient);
  readonly #visible = injectSeen();

  protected readonly id = computed(() => this.tile()[0]);
  protected readonly thumb = injectTask({
    group: 'thumbnails',
    // Not before it is known whether it is visible: until then nobody could say when its turn is.
    params: () => (this.#visible() === undefined ? undefined : this.id()),
    priority: () => (this.#visible() ? 10 : 0),
    policies: [withTimeout(20_000), twice],
    run: ({ params }) => this.#http.get(`/api/thumbs/${params}`, { responseType: 'blob' }),
  });
  protected readonly src = objectUrl(() => (this.thumb.hasValue() ? this.thumb.value() : undefined));
}
