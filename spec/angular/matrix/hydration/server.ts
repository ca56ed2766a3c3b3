import '@angular/compiler';
import { mergeApplicationConfig } from '@angular/core';
import { bootstrapApplication, type BootstrapContext } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';

import { config, Root } from './app';

/** The page as the server sends it. */
export async function render(document: string, url: string): Promise<string> {
  const merged = mergeApplicationConfig(config, { providers: [provideServerRendering()] });
  return renderApplication((context: BootstrapContext) => bootstrapApplication(Root, merged, context), { document, url, allowedHosts: ['localhost'] });
}
