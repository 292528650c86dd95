import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from './random.ts';

const draws = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.bits());

test('the same seed gives the same stream, another seed another one', () => {
  assert.deepEqual(draws(new Random(42), 100), draws(new Random(42), 100));
  assert.notDeepEqual(draws(new Random(42), 100), draws(new Random(43), 100));
});

test('the stream of a seed never changes, so that recorded seeds keep their meaning', () => {
  assert.deepEqual(draws(new Random(1), 4), [44107584, 1503263182, 1694232030, 1521405094]);
});

test('a fork does not depend on what was drawn before it', () => {
  const fresh = new Random(7);
  const used = new Random(7);
  draws(used, 1000);
  assert.deepEqual(draws(fresh.fork('disk'), 50), draws(used.fork('disk'), 50));
  assert.notDeepEqual(draws(fresh.fork('disk'), 50), draws(fresh.fork('network'), 50));
});

test('seeds that follow each other give streams that have nothing in common', () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 10_000; seed += 1) seen.add(new Random(seed).bits());
  // Among 10,000 draws out of 2^32 about 0.01 collisions are to be expected.
  assert.ok(seen.size >= 9_999, `${seen.size} different first draws`);
});

test('next() is uniform, exponential() has its mean, chance() its probability', () => {
  const random = new Random(3);
  const buckets = Array.from({ length: 16 }, () => 0);
  let sum = 0;
  let hits = 0;
  for (let draw = 0; draw < 160_000; draw += 1) {
    const bucket = Math.floor(random.next() * 16);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    sum += random.exponential(20);
    if (random.chance(0.3)) hits += 1;
  }
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 500, `a bucket of ${count}`);
  assert.ok(Math.abs(sum / 160_000 - 20) < 0.5, `a mean of ${sum / 160_000}`);
  assert.ok(Math.abs(hits / 160_000 - 0.3) < 0.01, `a share of ${hits / 160_000}`);
});

test('integer() reaches both ends, shuffle() keeps every element', () => {
  const random = new Random(5);
  const seen = new Set(Array.from({ length: 1000 }, () => random.integer(2, 5)));
  assert.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [2, 3, 4, 5],
  );
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  const shuffled = random.shuffle(items);
  assert.notDeepEqual(shuffled, items);
  assert.deepEqual(
    shuffled.toSorted((a, b) => a - b),
    items,
  );
});
