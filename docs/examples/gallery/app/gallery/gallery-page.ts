import { Component, computed, DestroyRef, ElementRef, inject, signal } from '@angular/core';

import { AlbumSection } from './album-section.ts';
import { Albums } from './albums.ts';

const GAP = 8;
const WIDEST = 210;

@Component({
  selector: 'app-gallery-page',
  imports: [AlbumSection],
  template: `
    <h1>Pictures of places that are not on any map</h1>
    @if (albums.error()) {
      <p role="alert">The albums cannot be had just now.
        <button type="button" class="button" (click)="albums.reload()">Try again</button></p>
    } @else if (albums.isLoading()) {
      <p class="lead" role="status">Asking for the albums…</p>
    } @else {
      <p class="lead">{{ count().toLocaleString('en') }} of them. Those that you see are loaded first; scroll past some and they are not loaded at all.</p>
      @for (album of albums.value(); track album.id) { <app-album-section [album]="album" [columns]="columns()" /> }
    }`,
  styleUrl: './gallery-page.css',
  host: { '[style.--columns]': 'columns()', '[style.--tile.px]': 'tileHeight()', '[style.--gap.px]': 'gap' },
})
export class GalleryPage {
  protected readonly albums = inject(Albums).all;
  protected readonly gap = GAP;

  readonly #width = signal(0);
  protected readonly columns = computed(() => Math.max(2, Math.ceil((this.#width() + GAP) / (WIDEST + GAP))));
  protected readonly tileHeight = computed(() => Math.max(1, Math.round((((this.#width() + GAP) / this.columns()) - GAP) * 0.75)));
  protected readonly count = computed(() => this.albums.hasValue() ? this.albums.value().reduce((sum, { photos }) => sum + photos.length, 0) : 0);

  constructor() {
    const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    // The width is known before the first tiles are laid out, as the page has been laid out around them.
    this.#width.set(host.parentElement?.clientWidth ?? innerWidth);
    const observer = new ResizeObserver(([entry]) => { this.#width.set(entry!.contentRect.width); });
    observer.observe(host);
    inject(DestroyRef).onDestroy(() => { observer.disconnect(); });
  }
}
