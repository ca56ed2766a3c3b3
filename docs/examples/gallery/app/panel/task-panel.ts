import { Component } from '@angular/core';

import { GroupCard } from './group-card.ts';
import { ServerCard } from './server-card.ts';

/** What goes on, in each group, and the server it goes on with. In a narrow window it is seen when it has the class `open`. */
@Component({
  selector: 'app-task-panel',
  imports: [GroupCard, ServerCard],
  templateUrl: './task-panel.html',
  styleUrl: './task-panel.css',
})
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- All there is to it is its template.
export class TaskPanel {}
