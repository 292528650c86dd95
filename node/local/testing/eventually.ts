/** Waits for a condition instead of for a time. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Generous: it only ends a test that has failed. */
const DEADLINE_MS = 20_000;

export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `still not so: ${what}`);
    await pause(10);
  }
}
