import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { ReconcileLoop, type ReconcileLoopOptions } from './reconcile-loop.ts';
import type { RuntimeEvent } from './runtime-event.ts';

function loopOf(
  reconcile: ReconcileLoopOptions['reconcile'],
  events: RuntimeEvent[] = [],
  concurrency = 2,
): ReconcileLoop {
  return new ReconcileLoop({
    name: 'test',
    concurrency,
    reconcile,
    observer: (event) => events.push(event),
    backoff: { firstMs: 2, mostMs: 50 },
  });
}

suite('ReconcileLoop', () => {
  test('works on as many keys at a time as it may, and on each one alone', async () => {
    const running = new Map<string, number>();
    let most = 0;
    let runs = 0;
    const loop = loopOf(
      async (key) => {
        running.set(key, (running.get(key) ?? 0) + 1);
        assert.equal(running.get(key), 1);
        most = Math.max(most, running.size);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running.delete(key);
        runs += 1;
        return {};
      },
      [],
      3,
    );
    loop.start();
    for (let round = 0; round < 20; round += 1) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) loop.add(key);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await eventually('quiet', () => loop.counts.depth === 0 && running.size === 0);
    await loop.stop();
    assert.equal(most, 3);
    assert.ok(runs >= 5 && runs < 100, `${runs} runs`);
  });

  test('tries a failed key again, later each time, and forgets its failures when it succeeds', async () => {
    const events: RuntimeEvent[] = [];
    let tries = 0;
    const loop = loopOf(async () => {
      tries += 1;
      if (tries <= 3 || tries === 5) throw new Error(`no ${tries}`);
      return { requeueAfterMs: tries === 4 ? 1 : undefined };
    }, events);
    loop.add('a');
    loop.start();
    await eventually('six tries', () => tries === 6);
    await loop.stop();
    const reconciled = events.filter((event) => event.kind === 'reconciled');
    assert.deepEqual(
      reconciled.map(({ result, error }) => error?.message ?? result),
      ['no 1', 'no 2', 'no 3', 'requeue_after', 'no 5', 'success'],
    );
    const delays = reconciled.map(({ nextInMs }) => nextInMs ?? 0);
    assert.ok((delays[2] ?? 0) >= 4, 'the third failure waits longer');
    assert.ok((delays[4] ?? 9) <= 2, 'the fifth begins anew');
    assert.equal(loop.counts.retries, 4);
  });

  test('goes on with other keys while one fails', async () => {
    const seen = new Set<string>();
    const loop = loopOf(async (key) => {
      seen.add(key);
      if (key === 'bad') throw new Error('always');
      return {};
    });
    loop.start();
    loop.add('bad');
    loop.add('good');
    await eventually('both', () => seen.size === 2);
    await loop.stop();
  });

  test('stop() tells what runs to end, waits for it, and begins nothing', async () => {
    const log: string[] = [];
    const loop = loopOf(async (key, signal) => {
      log.push(`begin ${key}`);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      log.push(`end ${key}`);
      return { requeueAfterMs: 0 };
    });
    loop.start();
    for (const key of ['a', 'b', 'c']) loop.add(key);
    await eventually('two at work', () => log.length === 2);
    await loop.stop();
    assert.deepEqual(log.toSorted(), ['begin a', 'begin b', 'end a', 'end b']);
    assert.equal(loop.counts.workingSinceMs.length, 0);
  });
});
