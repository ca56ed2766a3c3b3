import type { Routes } from '@angular/router';

import { GalleryPage } from './gallery/gallery-page.ts';

export const routes: Routes = [
  { path: '', component: GalleryPage, title: 'Gallery · Sluice' },
  { path: 'photos/:id', loadComponent: async () => (await import('./photo/photo-page.ts')).PhotoPage, title: 'Picture · Sluice' },
  { path: 'uploads', loadComponent: async () => (await import('./uploads/uploads-page.ts')).UploadsPage, title: 'Uploads · Sluice' },
  { path: '**', redirectTo: '' },
];
