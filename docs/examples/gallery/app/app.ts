import { Component, inject } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';

import { TaskPanel } from './panel/task-panel.ts';
import { Theme } from './theme.ts';
import { UploadQueue } from './uploads/upload-queue.ts';

@Component({
  selector: 'app-root',
  imports: [RouterLink, RouterLinkActive, RouterOutlet, TaskPanel],
  templateUrl: './app.html',
  styleUrl: './app.css',
})
export class App {
  protected readonly uploads = inject(UploadQueue);
  protected readonly theme = inject(Theme);
}
