import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PrefixTree } from './prefix-tree.ts';

function matches(tree: PrefixTree<number>, key: string): number[] {
  const found: number[] = [];
  tree.match(key, found);
  return found.toSorted((a, b) => a - b);
}

test('match() finds the items of every prefix of a key, the empty one and the key itself too', () => {
  const tree = new PrefixTree<number>();
  for (const [index, prefix] of ['', 'user', 'users/', 'users/1', 'users/12', 'x'].entries()) {
    tree.add(prefix, index);
  }
  assert.deepEqual(matches(tree, 'users/1'), [0, 1, 2, 3]);
  assert.deepEqual(matches(tree, 'use'), [0]);
  assert.deepEqual(matches(tree, ''), [0]);
});

const prefixes = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });

test('whatever is added and removed, match() finds what a list would, and the shape depends on the content only', () => {
  const changes = fc.array(fc.record({ adds: fc.boolean(), prefix: prefixes, item: fc.nat(3) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(changes, fc.array(prefixes, { maxLength: 10 }), (steps, keys) => {
      const tree = new PrefixTree<number>();
      // An item is added with one prefix only, as a watch is: number and prefix together are the item here.
      const held = new Map<string, { prefix: string; item: number }>();
      for (const { adds, prefix, item } of steps) {
        if (adds) {
          tree.add(prefix, item);
          held.set(`${item} ${prefix}`, { prefix, item });
        } else {
          tree.remove(prefix, item);
          held.delete(`${item} ${prefix}`);
        }
      }
      for (const key of keys) {
        const expected = [...held.values()].filter(({ prefix }) => key.startsWith(prefix));
        assert.deepEqual(
          matches(tree, key),
          expected.map(({ item }) => item).toSorted((a, b) => a - b),
        );
      }
      const afresh = new PrefixTree<number>();
      for (const { prefix, item } of held.values()) afresh.add(prefix, item);
      assert.equal(tree.nodes, afresh.nodes);
    }),
  );
});
