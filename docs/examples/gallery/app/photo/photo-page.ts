import { HttpClient } from '@angular/common/http';
import { Component, computed, effect, inject, input, numberAttribute } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { Router, RouterLink } from '@angular/router';
import { injectTask } from 'sluice/angular';

import type { Photo, Photographer, Tile } from '../api.ts';
import { PhotoTile } from '../gallery/photo-tile.ts';
import { objectUrl } from '../picture/object-url.ts';
import { twice } from '../twice.ts';
import { TaskStep } from './task-step.ts';

const MINUTE = 60_000;

/** A picture and what belongs to it. Each task starts when those that it takes its input from are done. */
@Component({
  selector: 'app-photo-page',
  imports: [RouterLink, PhotoTile, TaskStep],
  templateUrl: './photo-page.html',
  styleUrl: './photo-page.css',
  host: { '(document:keydown)': 'turn($event)' },
})
export class PhotoPage {
  readonly id = input.required({ transform: numberAttribute });

  readonly #http = inject(HttpClient);
  readonly #router = inject(Router);

  protected readonly image = injectTask({
    group: 'details', name: 'picture', priority: 5, policies: [twice], params: () => this.id(),
    key: (id) => `picture/${id}`, keepFor: MINUTE, // who turns back has it at once
    run: ({ params }) => this.#http.get(`/api/images/${params}`, { responseType: 'blob' }),
  });
  protected readonly photo = injectTask({
    group: 'details', name: 'photo', priority: 10, policies: [twice], params: () => this.id(),
    key: (id) => `photo/${id}`, keepFor: MINUTE,
    run: ({ params }) => this.#http.get<Photo>(`/api/photos/${params}`),
  });
  protected readonly photographer = injectTask({
    group: 'details', name: 'photographer', policies: [twice], upstream: { photo: this.photo },
    run: ({ photo }) => this.#http.get<Photographer>(`/api/photographers/${photo.photographer}`),
  });
  protected readonly related = injectTask({
    group: 'details', name: 'related', policies: [twice], upstream: { photo: this.photo, photographer: this.photographer },
    run: ({ photo, photographer }) => this.#http.get<readonly Tile[]>(`/api/photographers/${photographer.id}/related`, { params: { photo: photo.id } }),
  });

  protected readonly src = objectUrl(() => (this.image.hasValue() ? this.image.value() : undefined));
  protected readonly failed = computed(() => [this.image, this.photo, this.photographer, this.related].some((task) => task.phase() === 'failed'));
  protected readonly next = computed(() => (this.photo.hasValue() && this.id() >= this.photo.value().last ? undefined : this.id() + 1));

  constructor() {
    const title = inject(Title);
    effect(() => { if (this.photo.hasValue()) title.setTitle(`${this.photo.value().title} · Sluice`); });
  }

  protected reload(): void {
    // What is downstream runs again with what it depends on.
    if (this.image.phase() === 'failed') this.image.reload();
    const first = [this.photo, this.photographer, this.related].find((task) => task.phase() === 'failed');
    first?.reload();
  }

  protected turn(event: KeyboardEvent): void {
    if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: this.id() - 1, ArrowRight: this.next() }[event.key];
    if (to !== undefined && to >= 0) void this.#router.navigate(['/photos', to], { replaceUrl: true });
    else if (event.key === 'Escape') void this.#router.navigate(['/']);
  }
}
