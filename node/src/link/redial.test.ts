import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { LINK_TIMING } from './link-timing.ts';
import { Redial, backoffMs } from './redial.ts';

test('backoffMs() doubles up to its maximum, and draws from the whole range below', () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 6, 1000].map((failures) => backoffMs(failures, LINK_TIMING, () => 1));
  assert.deepEqual(ceilings, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, drawn) => {
        const waitMs = backoffMs(failures, LINK_TIMING, () => drawn);
        assert.ok(waitMs >= 0 && waitMs <= LINK_TIMING.backoffMsMax);
      },
    ),
  );
});

test('Redial runs one attempt at a time, counts failures and forgets them after a long life', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const started: number[] = [];
  let abandoned = 0;
  const redial = new Redial(
    (failures) => {
      started.push(failures);
      return () => {
        abandoned += 1;
      };
    },
    LINK_TIMING,
    () => 0.5,
  );
  redial.begin(0);
  redial.begin(0);
  context.mock.timers.tick(25);
  assert.deepEqual(started, [0]);
  redial.begin(0);
  context.mock.timers.tick(10_000);
  assert.deepEqual(started, [0]);
  redial.failed();
  redial.begin(100);
  context.mock.timers.tick(149);
  assert.deepEqual(started, [0]);
  context.mock.timers.tick(1);
  assert.deepEqual(started, [0, 1]);
  redial.succeeded();
  redial.lost(10);
  redial.begin(0);
  context.mock.timers.tick(1_000);
  redial.succeeded();
  redial.lost(LINK_TIMING.backoffMsMax);
  redial.begin(0);
  context.mock.timers.tick(1_000);
  assert.deepEqual(started, [0, 1, 2, 0]);
  redial.postpone();
  assert.equal(abandoned, 0);
  redial.stop();
  assert.equal(abandoned, 1);
  redial.begin(0);
  redial.postpone();
  context.mock.timers.tick(10_000);
  assert.equal(started.length, 4);
});
