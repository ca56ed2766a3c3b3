import { Component, computed, inject, Injector, input } from '@angular/core';
import { injectTaskGroup } from 'sluice/angular';

/** A group of tasks, live: who runs, who waits, how far it is, and how to steer it. */
@Component({
  selector: 'app-group-card',
  templateUrl: './group-card.html',
  styleUrl: './group-card.css',
  host: { '[style.--accent]': '"var(--" + name() + ")"', '[class.paused]': 'group().isPaused()' },
})
export class GroupCard {
  readonly name = input.required<string>();
  readonly label = input.required<string>();

  readonly #injector = inject(Injector);
  protected readonly group = computed(() => injectTaskGroup(this.name(), { injector: this.#injector }));
  /** One light for each slot: lit while a task runs in it. */
  protected readonly slots = computed(() => {
    const [running, concurrency] = [this.group().running(), this.group().concurrency()];
    return Array.from({ length: Math.max(concurrency, running) }, (_, i) => i < running);
  });
}
