import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BucketCounts } from '../../observe/histogram.ts';
import { LatencyMeter } from './latency-meter.ts';

const BOUNDS = [0.001, 0.01, 0.1];

function counted(counts: readonly number[], sum: number): BucketCounts {
  return { bounds: BOUNDS, counts, sum };
}

class Counted {
  nowMs = 10_000;
  reads = 0;
  round = counted([0, 0, 0, 0], 0);
  readonly meter = new LatencyMeter(
    () => {
      this.reads += 1;
      return { round: this.round, fsync: this.round, command: this.round };
    },
    () => this.nowMs,
  );
}

test('a window has the rate, the mean and the 99th percentile of what came in it', () => {
  const given = new Counted();
  assert.equal(given.meter.latest(), undefined);
  given.nowMs += 2_000;
  given.round = counted([0, 100, 0, 0], 0.5);
  const round = given.meter.latest()?.round;
  assert.equal(round?.rate, 50);
  assert.equal(round?.meanMs, 5);
  assert.equal(round?.p99Ms?.toFixed(2), '9.91');
});

test('a window in which nothing came has no mean', () => {
  const given = new Counted();
  given.meter.latest();
  given.nowMs += 1_000;
  assert.deepEqual(given.meter.latest()?.round, { rate: 0, meanMs: undefined, p99Ms: undefined });
});

test('two that ask at nearly the same time get the same window', () => {
  const given = new Counted();
  given.meter.latest();
  given.nowMs += 1_000;
  const first = given.meter.latest();
  given.nowMs += 100;
  assert.equal(given.meter.latest(), first);
  assert.equal(given.reads, 2);
});

test('after a pause in which nobody looked nothing is said of now', () => {
  const given = new Counted();
  given.meter.latest();
  given.nowMs += 60_000;
  assert.equal(given.meter.latest(), undefined);
});

test('what is above all bounds counts as the last of them', () => {
  const given = new Counted();
  given.meter.latest();
  given.nowMs += 1_000;
  given.round = counted([0, 0, 0, 4], 8);
  assert.equal(given.meter.latest()?.round.p99Ms, 100);
});
