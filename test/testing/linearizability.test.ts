import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Call, type Operation, whyNotLinearizable } from './linearizability.ts';

const UNKNOWN = Number.POSITIVE_INFINITY;

function call(calledAt: number, returnedAt: number, operation: Operation): Call {
  return { calledAt, returnedAt, operation };
}
const get = (seen: string | null): Operation => ({ kind: 'get', seen });
const set = (value: string): Operation => ({ kind: 'set', value });
const increment = (seen?: number): Operation => ({ kind: 'increment', seen });
const swap = (from: string | null, to: string): Operation => ({ kind: 'swap', from, to });

function accepts(...calls: Call[]): void {
  assert.equal(whyNotLinearizable(calls), undefined);
}
function refuses(...calls: Call[]): void {
  assert.match(whyNotLinearizable(calls) ?? 'it was accepted', /^no order explains/);
}

test('whyNotLinearizable() accepts what one client at a time would see', () => {
  accepts();
  accepts(call(0, 1, get(null)), call(2, 3, set('a')), call(4, 5, get('a')), call(6, 7, swap('a', 'b')));
  accepts(call(0, 1, increment(1)), call(2, 3, increment(2)), call(4, 5, get('2')));
});

test('whyNotLinearizable() accepts either order of calls that overlap', () => {
  accepts(call(0, 9, set('a')), call(1, 8, set('b')), call(10, 11, get('a')));
  accepts(call(0, 9, set('a')), call(1, 8, set('b')), call(10, 11, get('b')));
  accepts(call(0, 9, set('a')), call(1, 2, get(null)), call(3, 4, get('a')));
});

test('whyNotLinearizable() refuses a stale read', () => {
  refuses(call(0, 1, set('a')), call(2, 3, set('b')), call(4, 5, get('a')));
  refuses(call(0, 1, set('a')), call(2, 3, get(null)));
});

test('whyNotLinearizable() refuses a value that goes back', () => {
  refuses(call(0, 9, set('a')), call(1, 2, get('a')), call(3, 4, get(null)));
});

test('whyNotLinearizable() refuses a lost write, a write done twice and a value from nowhere', () => {
  refuses(call(0, 1, increment(1)), call(2, 3, increment(1)));
  refuses(call(0, 1, increment(1)), call(2, 3, get('2')));
  refuses(call(0, 1, set('a')), call(2, 3, get('z')));
});

test('whyNotLinearizable() refuses two swaps of one value', () => {
  refuses(call(0, 9, swap(null, 'a')), call(1, 8, swap(null, 'b')));
  accepts(call(0, 9, swap('b', 'a')), call(1, 8, swap(null, 'b')));
});

test('whyNotLinearizable() lets an unknown outcome happen late, or never, but not twice', () => {
  accepts(call(0, UNKNOWN, set('a')), call(1, 2, get(null)), call(3, 4, get('a')));
  accepts(call(0, UNKNOWN, set('a')), call(1, 2, get(null)), call(3, 4, get(null)));
  accepts(call(0, UNKNOWN, increment()), call(1, 2, increment(1)), call(3, 4, increment(3)));
  refuses(call(0, UNKNOWN, increment()), call(1, 2, increment(1)), call(3, 4, increment(4)));
  refuses(call(0, 1, get('a')), call(2, UNKNOWN, set('a')));
  refuses(call(0, UNKNOWN, set('a')), call(1, 2, get('a')), call(3, 4, get(null)), call(5, 6, get('a')));
});

test('whyNotLinearizable() is quick with a long history of many clients', () => {
  // Ten clients in lockstep: each round's increments overlap, and are answered in a scrambled order.
  const calls: Call[] = [];
  for (let round = 0; round < 300; round += 1) {
    for (let client = 0; client < 10; client += 1) {
      calls.push(
        call(round * 10, round * 10 + 5 + client / 10, increment(round * 10 + 1 + ((client * 7) % 10))),
      );
    }
  }
  accepts(...calls);
  refuses(...calls.slice(0, -10), call(3_000, 3_001, increment(2_990)));
});

test('whyNotLinearizable() lets unknown swaps follow each other', () => {
  accepts(call(0, UNKNOWN, set('a')), call(0, UNKNOWN, swap('a', 'b')), call(1, 2, get('b')));
  accepts(call(0, 1, set('a')), call(2, UNKNOWN, swap('a', 'b')), call(3, 4, get('a')), call(5, 6, get('b')));
  refuses(call(0, 1, set('a')), call(2, UNKNOWN, swap('z', 'b')), call(3, 4, get('b')));
  refuses(call(0, UNKNOWN, swap('b', 'a')), call(0, UNKNOWN, swap('a', 'b')), call(1, 2, get('b')));
});

test('whyNotLinearizable() is quick with many unknown writes, also when it refuses', () => {
  const calls: Call[] = [];
  for (let index = 0; index < 200; index += 1) {
    calls.push(call(index, UNKNOWN, set(`lost ${index}`)), call(index, index + 5, set(`kept ${index}`)));
    calls.push(call(index + 20, index + 29, get(index % 10 === 0 ? `lost ${index}` : `kept ${index}`)));
  }
  assert.equal(typeof whyNotLinearizable(calls), 'string');
});
