import '@angular/compiler';
import { mergeApplicationConfig, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';

import { config, Root } from './app';

await bootstrapApplication(Root, mergeApplicationConfig(config, { providers: [provideZonelessChangeDetection()] }));
