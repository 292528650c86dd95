import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Random } from './random.ts';
import { type Scheduled, Time } from './time.ts';

test('events run by time, and those of one time in the order in which they were scheduled', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (delays) => {
      const time = new Time();
      const ran: number[] = [];
      delays.forEach((delayMs, index) => time.schedule(delayMs, () => ran.push(index)));
      time.runUntil(20);
      const expected = delays.map((_, index) => index);
      expected.sort((a, b) => (delays[a] ?? 0) - (delays[b] ?? 0) || a - b);
      assert.deepEqual(ran, expected);
      assert.equal(time.pending, 0);
    }),
  );
});

test('a cancelled event does not run, and cancelling it again or late harms nobody', () => {
  const time = new Time();
  const ran: string[] = [];
  const first = time.schedule(1, () => ran.push('first'));
  const second = time.schedule(2, () => ran.push('second'));
  time.cancel(second);
  time.cancel(second);
  time.runUntil(5);
  // The slots of both are used again: the old handles must not reach the new events.
  time.schedule(1, () => ran.push('third'));
  time.schedule(1, () => ran.push('fourth'));
  time.cancel(first);
  time.cancel(second);
  time.cancel(0);
  time.runUntil(10);
  assert.deepEqual(ran, ['first', 'third', 'fourth']);
});

test('runUntil() stops at its time, runs what is scheduled meanwhile, and stands at its time', () => {
  const time = new Time();
  const ran: number[] = [];
  const again = (): void => {
    ran.push(time.now);
    time.schedule(3, again);
  };
  time.schedule(0, again);
  time.runUntil(10);
  assert.deepEqual(ran, [0, 3, 6, 9]);
  assert.equal(time.now, 10);
  time.runUntil(12);
  assert.deepEqual(ran, [0, 3, 6, 9, 12]);
});

test('step() runs one event and says when there is none', () => {
  const time = new Time();
  let count = 0;
  time.schedule(4, () => {
    count += 1;
  });
  assert.equal(time.step(), true);
  assert.equal(time.now, 4);
  assert.equal(time.step(), false);
  assert.equal(count, 1);
});

test('many events with cancellations come in order', () => {
  const time = new Time();
  const random = new Random(11);
  const cancelled = new Set<number>();
  const handles: Scheduled[] = [];
  let lastMs = 0;
  let ran = 0;
  for (let index = 0; index < 20_000; index += 1) {
    const handle = time.schedule(random.next() * 1000, () => {
      assert.ok(time.now >= lastMs);
      assert.ok(!cancelled.has(index));
      lastMs = time.now;
      ran += 1;
    });
    handles.push(handle);
  }
  for (let index = 0; index < 20_000; index += 3) {
    time.cancel(handles[index] as Scheduled);
    cancelled.add(index);
  }
  time.runUntil(1000);
  assert.equal(ran, 20_000 - cancelled.size);
});
