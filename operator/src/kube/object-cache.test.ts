import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { keyOf, nameOfKey, type Live } from './kube-object.ts';
import { hasLabels } from './labels.ts';
import { ObjectCache } from './object-cache.ts';

const label = fc.record(
  { app: fc.constantFrom('x', 'y'), role: fc.constantFrom('p', 'q') },
  { requiredKeys: [] },
);
const namespace = fc.constantFrom('one', 'two');
const object = fc
  .record({ name: fc.constantFrom('a', 'b', 'c'), namespace, labels: label, version: fc.nat() })
  .map(({ version, ...metadata }): Live => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, uid: 'u', resourceVersion: String(version) } as Live['metadata'],
  }));

suite('ObjectCache', () => {
  test('finds by labels and namespace what a look at every object finds', () => {
    const step = fc.oneof(
      fc.record({ set: object }),
      fc.record({ remove: fc.record({ name: fc.constantFrom('a', 'b', 'c'), namespace }) }),
    );
    fc.assert(
      fc.property(
        fc.array(step),
        label,
        fc.option(namespace, { nil: undefined }),
        (steps, labels, within) => {
          const cache = new ObjectCache();
          const oracle = new Map<string, Live>();
          for (const each of steps) {
            if ('set' in each) {
              assert.equal(cache.set(each.set), oracle.get(keyOf(each.set.metadata)));
              oracle.set(keyOf(each.set.metadata), each.set);
            } else {
              assert.equal(cache.remove(each.remove), oracle.get(keyOf(each.remove)));
              oracle.delete(keyOf(each.remove));
            }
          }
          const wanted = [...oracle.values()].filter(
            ({ metadata }) =>
              hasLabels(metadata.labels, labels as Record<string, string>) &&
              (within === undefined || metadata.namespace === within),
          );
          const found = cache.select({ namespace: within, labels });
          assert.deepEqual(new Set(found), new Set(wanted));
          assert.equal(cache.size, oracle.size);
        },
      ),
    );
  });

  test('keyOf() and nameOfKey() are each other’s reverse', () => {
    for (const name of [{ name: 'a' }, { namespace: 'n', name: 'a' }])
      assert.deepEqual(nameOfKey(keyOf(name)), name);
  });
});
