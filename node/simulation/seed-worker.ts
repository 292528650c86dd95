/** A thread that runs seeds, one for each number that it is sent. `seed-pool.ts` feeds it. */
import assert from 'node:assert/strict';
import { parentPort } from 'node:worker_threads';
import { runSeed, type RunResult } from './run.ts';

/** What became of one seed. `failure` is the error's text, its stack behind the first line. */
export type SeedOutcome =
  | { readonly seed: number; readonly result: RunResult; readonly failure?: undefined }
  | { readonly seed: number; readonly failure: string };

const port = parentPort;
assert(port !== null, 'this file is a worker thread');

port.postMessage('ready');
port.on('message', (seed: number) => {
  port.postMessage(outcomeOf(seed));
});

function outcomeOf(seed: number): SeedOutcome {
  try {
    return { seed, result: runSeed(seed) };
  } catch (error) {
    return { seed, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
