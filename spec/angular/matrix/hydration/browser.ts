import '@angular/compiler';
import { bootstrapApplication } from '@angular/platform-browser';

import { config, Root } from './app';

await bootstrapApplication(Root, config);
