import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Farewell } from './farewell.ts';
import { activeMs, gatherMs, lingerMs } from './limits.ts';

/** How often it must be asked until it is over, while nothing comes. */
function sweepsUntilOver(farewell: Farewell): number {
  let sweeps = 1;
  while (!farewell.isOver(true)) sweeps += 1;
  return sweeps;
}

test('a connection that was in use lingers longer than one that was not, and one that waits for an answer goes on', () => {
  const quiet = new Farewell();
  quiet.begin(60_000);
  assert.equal(sweepsUntilOver(quiet), 2);
  const busy = new Farewell();
  busy.begin(0);
  assert.equal(sweepsUntilOver(busy), 1 + activeMs / lingerMs);
  const waiting = new Farewell();
  waiting.begin(60_000);
  for (let sweep = 0; sweep < 100; sweep += 1) assert.equal(waiting.isOver(false), false);
  assert.equal(sweepsUntilOver(waiting), 2);
});

test('answers are held back only when they are the last, and only for a moment', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const farewell = new Farewell();
  let resumed = 0;
  const resume = (): void => {
    resumed += 1;
  };
  farewell.heard();
  assert.equal(farewell.holdsBack(resume), false);
  farewell.begin(0);
  assert.equal(farewell.holdsBack(resume), false);
  farewell.heard();
  assert.ok(farewell.holdsBack(resume));
  assert.ok(farewell.holdsBack(resume));
  assert.equal(farewell.isSaid, false);
  t.mock.timers.tick(gatherMs);
  assert.equal(resumed, 1);
  assert.ok(farewell.isSaid);
  assert.equal(farewell.holdsBack(resume), false);
});
