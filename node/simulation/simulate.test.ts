/** The simulator's share of `npm test`: some hundred runs, each of which must be long and hard enough to mean something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWERS_MIN, type RunResult } from './run.ts';
import { runSeeds } from './seed-pool.ts';
import { Totals } from './totals.ts';

/** About a minute on two processors. `npm run simulate` runs as many as you like. */
const SEEDS = 500;
const REPEATED = 50;
const THREADS = 2;

async function clean(first: number, count: number): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const failure = await runSeeds({ first, count, threads: THREADS }, (result) => results.push(result));
  if (failure !== undefined) {
    assert.fail(`${failure.text}\nto replay it: npm run simulate -- --seed ${failure.seed}`);
  }
  return results;
}

test(`${SEEDS} seeds are clean, each is a hard one, a seed repeats exactly, and every kind of fault happens`, async (t) => {
  const results = await clean(1, SEEDS);
  assert.deepEqual(
    results.map(({ seed }) => seed),
    Array.from({ length: SEEDS }, (_, index) => index + 1),
  );

  await t.test('a run has 30 virtual seconds, 300 answers, 3 crashes and 2 partitions at least', () => {
    for (const { seed, replicas, virtualMs, answered, faults } of results) {
      assert.ok(virtualMs >= 30_000, `seed ${seed} lasts ${virtualMs} ms`);
      assert.ok(answered >= ANSWERS_MIN, `seed ${seed} has ${answered} answers`);
      assert.ok(faults.crash >= 3, `seed ${seed} has ${faults.crash} crashes`);
      assert.ok(faults.partition >= 2 || replicas === 1, `seed ${seed} has ${faults.partition} partitions`);
    }
  });

  await t.test('every kind of fault happens', (each) => {
    const totals = new Totals();
    for (const result of results) totals.add(result);
    each.diagnostic(`in ${totals.runs} runs: ${totals.text}`);
    assert.deepEqual(totals.missing, []);
  });

  await t.test('the same seed gives the same trace, on whatever thread it runs', async () => {
    const again = await clean(1, REPEATED);
    assert.deepEqual(
      again.map(({ hash }) => hash),
      results.slice(0, REPEATED).map(({ hash }) => hash),
    );
    assert.equal(new Set(results.map(({ hash }) => hash)).size, SEEDS);
  });
});
