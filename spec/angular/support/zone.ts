import 'zone.js';
import '@angular/compiler';
import { NgModule, provideZoneChangeDetection } from '@angular/core';
import { getTestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { afterEach } from 'vitest';

@NgModule({ providers: [provideZoneChangeDetection()] })
class Zoned {}

const testBed = getTestBed();
testBed.resetTestEnvironment(); // the files share their modules
testBed.initTestEnvironment([BrowserTestingModule, Zoned], platformBrowserTesting(), { errorOnUnknownProperties: true });
afterEach(() => { testBed.resetTestingModule(); });
