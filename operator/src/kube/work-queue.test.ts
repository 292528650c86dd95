import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { eventually } from '../../testing/eventually.ts';
import { WorkQueue } from './work-queue.ts';

async function taken(queue: WorkQueue): Promise<string | undefined> {
  return (await queue.take())?.key;
}

suite('WorkQueue', () => {
  test('gives keys in order, each once however often it was added', async () => {
    const queue = new WorkQueue();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    assert.equal(queue.depth, 2);
    assert.equal(queue.adds, 2);
    assert.equal(await taken(queue), 'a');
    assert.equal(await taken(queue), 'b');
    assert.equal(queue.depth, 0);
  });

  test('gives a key that was added during its work again when that is done, and not before', async () => {
    const queue = new WorkQueue();
    queue.add('a');
    assert.equal(await taken(queue), 'a');
    queue.add('a');
    queue.add('a');
    queue.add('b');
    assert.equal(await taken(queue), 'b');
    assert.equal(queue.workingSinceMs.length, 2);
    let again: string | undefined;
    void taken(queue).then((key) => (again = key));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(again, undefined);
    queue.done('a');
    await eventually('the key', () => again === 'a');
    queue.done('a');
    assert.equal(queue.depth, 0);
  });

  test('adds a key for later at the earliest of its times, and once', async () => {
    const queue = new WorkQueue();
    queue.addLater('a', 3_600_000);
    queue.addLater('a', 10);
    queue.addLater('a', 1_800_000);
    queue.addLater('b', 20);
    queue.addLater('c', 0);
    assert.equal(queue.depth, 1);
    assert.deepEqual([await taken(queue), await taken(queue), await taken(queue)], ['c', 'a', 'b']);
    queue.stop();
  });

  test('lets every taker go when it stops, and takes up nothing more', async () => {
    const queue = new WorkQueue();
    const takers = [taken(queue), taken(queue)];
    queue.stop();
    assert.deepEqual(await Promise.all(takers), [undefined, undefined]);
    queue.add('a');
    queue.addLater('a', 1);
    assert.equal(await taken(queue), undefined);
    assert.equal(queue.depth, 0);
  });

  test('never loses a key and never gives one to two workers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ what: fc.constantFrom('add', 'take', 'done'), key: fc.constantFrom('a', 'b', 'c') }),
        ),
        async (steps) => {
          const queue = new WorkQueue();
          const working = new Set<string>();
          const wanted = new Set<string>();
          for (const { what, key } of steps) {
            if (what === 'add') {
              queue.add(key);
              wanted.add(key);
            } else if (what === 'done' && working.delete(key)) {
              queue.done(key);
            } else if (what === 'take' && [...wanted].some((each) => !working.has(each))) {
              const got = (await taken(queue)) ?? '';
              assert.ok(wanted.delete(got) && !working.has(got));
              working.add(got);
            }
          }
          for (const key of working) queue.done(key);
          while (wanted.size > 0) assert.ok(wanted.delete((await taken(queue)) ?? ''));
          assert.equal(queue.depth, 0);
        },
      ),
    );
  });
});
