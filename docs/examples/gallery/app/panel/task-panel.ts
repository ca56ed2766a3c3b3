import { Component, signal } from '@angular/core';

import { GroupCard } from './group-card.ts';
import { ServerCard } from './server-card.ts';

/** What goes on, in each group, and the server it goes on with. */
@Component({
  selector: 'app-task-panel',
  imports: [GroupCard, ServerCard],
  templateUrl: './task-panel.html',
  styleUrl: './task-panel.css',
  host: { '[class.open]': 'open()' },
})
export class TaskPanel {
  protected readonly open = signal(false);
}
