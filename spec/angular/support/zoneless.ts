import '@angular/compiler';
import { NgModule, provideZonelessChangeDetection } from '@angular/core';
import { getTestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { afterEach } from 'vitest';

@NgModule({ providers: [provideZonelessChangeDetection()] })
class Zoneless {}

const testBed = getTestBed();
testBed.resetTestEnvironment(); // the files share their modules
testBed.initTestEnvironment([BrowserTestingModule, Zoneless], platformBrowserTesting(), { errorOnUnknownProperties: true });
afterEach(() => { testBed.resetTestingModule(); });
