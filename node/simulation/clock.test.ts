import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock, WALL_EPOCH_MS } from './clock.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';

test('clocks drift by at most 5 %, and their timers agree with them', () => {
  const rates = new Set<number>();
  for (let seed = 0; seed < 100; seed += 1) {
    const time = new Time();
    const clock = new Clock(time, new Random(seed));
    const startMs = clock.monotonicMs();
    const wallStartMs = clock.wallMs();
    time.runUntil(clock.worldMs(10_000));
    assert.ok(Math.abs(clock.monotonicMs() - startMs - 10_000) < 0.001);
    assert.ok(Math.abs(clock.wallMs() - wallStartMs - 10_000) <= 1);
    assert.ok(Math.abs(time.now - 10_000) <= 550);
    rates.add(clock.rate);
  }
  assert.equal(rates.size, 100);
});

test('a jump moves the wall clock and leaves the monotonic one', () => {
  const time = new Time();
  const clock = new Clock(time, new Random(1));
  const monotonicMs = clock.monotonicMs();
  const wallMs = clock.wallMs();
  clock.jump(-5000);
  assert.equal(clock.wallMs(), wallMs - 5000);
  assert.equal(clock.monotonicMs(), monotonicMs);
});

test('wall clocks are off, mostly by seconds', () => {
  let minutes = 0;
  for (let seed = 0; seed < 400; seed += 1) {
    const offsetMs = Math.abs(new Clock(new Time(), new Random(seed)).wallMs() - WALL_EPOCH_MS);
    assert.ok(offsetMs <= 600_000);
    if (offsetMs > 2_000) minutes += 1;
  }
  assert.ok(minutes > 20 && minutes < 100, `${minutes} of 400 off by minutes`);
});
