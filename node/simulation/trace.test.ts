import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Time } from './time.ts';
import { Trace } from './trace.ts';

function record(events: readonly (readonly [delayMs: number, text: string])[]): string {
  const time = new Time();
  const trace = new Trace(time);
  for (const [delayMs, text] of events) time.schedule(delayMs, () => trace.event(text));
  time.runUntil(100);
  return trace.hash;
}

test('the hash depends on every event, on its time and on the order', () => {
  const base = record([
    [1, 'a'],
    [2, 'b'],
  ]);
  assert.equal(
    record([
      [1, 'a'],
      [2, 'b'],
    ]),
    base,
  );
  const others = [
    record([
      [1, 'b'],
      [2, 'a'],
    ]),
    record([
      [1, 'a'],
      [2.5, 'b'],
    ]),
    record([
      [1, 'a'],
      [2, 'bb'],
    ]),
    record([[1, 'a']]),
    record([]),
  ];
  assert.equal(new Set([base, ...others]).size, 6);
  assert.match(base, /^[0-9a-f]{16}$/);
});

test('numbers that differ in one bit leave different hashes', () => {
  const hashes = new Set<string>();
  for (let index = 0; index < 10_000; index += 1) {
    const trace = new Trace(new Time());
    trace.number(index);
    hashes.add(trace.hash);
  }
  assert.equal(hashes.size, 10_000);
});

test('a reader gets lines with the virtual time and changes nothing', () => {
  const time = new Time();
  const lines: string[] = [];
  const read = new Trace(time, (line) => lines.push(line));
  const unread = new Trace(time);
  time.runUntil(1234);
  for (const trace of [read, unread]) {
    trace.event('crash 2');
    trace.line(() => 'only for people');
  }
  assert.deepEqual(lines, ['   1.234 crash 2', '   1.234 only for people']);
  assert.equal(read.hash, unread.hash);
});
