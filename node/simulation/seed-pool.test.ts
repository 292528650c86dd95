import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from './run.ts';
import { runSeeds } from './seed-pool.ts';

/** A thread whose runs only seem to run: `failing` is the condition, in JavaScript, for a seed to fail. */
function threadThat(failing: string): URL {
  const code = `
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage('ready');
    parentPort.on('message', (seed) => {
      const answer = () => parentPort.postMessage(${failing} ? { seed, failure: 'bad ' + seed } : { seed, result: { seed } });
      setTimeout(answer, (seed * 7) % 5);
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

async function run(
  count: number,
  worker: URL,
): Promise<{ readonly seeds: number[]; readonly failure: unknown }> {
  const seeds: number[] = [];
  const onResult = (result: RunResult) => seeds.push(result.seed);
  const failure = await runSeeds({ first: 10, count, threads: 3, worker }, onResult);
  return { seeds, failure };
}

test('results come in the order of the seeds, each once', async () => {
  const { seeds, failure } = await run(20, threadThat('false'));
  assert.deepEqual(
    seeds,
    Array.from({ length: 20 }, (_, index) => index + 10),
  );
  assert.equal(failure, undefined);
});

test('the failure of the lowest seed is reported, and every seed below it', async () => {
  const { seeds, failure } = await run(20, threadThat('seed >= 15'));
  assert.deepEqual(failure, { seed: 15, text: 'bad 15' });
  assert.deepEqual(seeds, [10, 11, 12, 13, 14]);
});

test('a thread that breaks is a failure of its seed', async () => {
  const { failure } = await run(5, threadThat('seed === 12 && undefined.x'));
  assert.match(JSON.stringify(failure), /"seed":12,"text":"TypeError/);
});

test('a thread that does not load is no failure of a seed', async () => {
  await assert.rejects(run(5, new URL('data:text/javascript,throw new Error("broken")')), /broken/);
});
