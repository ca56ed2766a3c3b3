// A census of a folder of npm packages: `npm start -- FOLDER --concurrency 8 --output census.json`.
//
// This file ties the program to its process; start reading at run-census.ts.
import process from 'node:process';

import { runCensus } from './run-census.ts';

// The first Ctrl-C asks for an early end, a second one ends the process as it does any other. npm may
// pass on a Ctrl-C which the terminal has sent already: within this time it is the same one.
const ECHO_MS = 250;

const interrupt = new AbortController();

process.on('SIGINT', function end() {
  interrupt.abort();
  setTimeout(() => process.off('SIGINT', end), ECHO_MS).unref();
});

// Whoever reads the report through `head` may leave early: the result is written all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCensus(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupt.signal,
});
