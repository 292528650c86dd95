import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL } from '../../src/kv/internal-codes.ts';
import { Store } from '../../src/kv/store.ts';
import { revisionBehind, withRevisions } from './new-revisions.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const CONTEXT = { nowMs: 1, random: 0 };

test('revisionBehind() is above what the state has, and above what was made earlier of the same state', () => {
  const first = revisionBehind(7, NOW_MS);
  assert.ok(first > 7 + 1_000_000_000);
  assert.ok(revisionBehind(7, NOW_MS + 60_000) > first + 60_000);
  assert.ok(Number.isSafeInteger(first) && first < 2 ** 48);
});

test('revisionBehind() does not depend on a right clock, and refuses when no revisions are left', () => {
  assert.equal(revisionBehind(7, 0), 1_000_000_007);
  assert.equal(revisionBehind(7, Date.UTC(9999, 0, 1)), 1_000_000_007);
  assert.equal(revisionBehind(2 ** 47, NOW_MS), 2 ** 47 + 1_000_000_000);
  assert.throws(() => revisionBehind(2 ** 48 - 2 ** 40, NOW_MS), /^InvalidInput: revision must leave room/);
});

test('withRevisions() gives a new revision to what was changed above the certain one, and to nothing else', () => {
  const store = new Store();
  const put = (key: string, value: string) => store.execute(INTERNAL.put, [key, value, '', '', ''], CONTEXT);
  put('certain', 'a');
  put('changed', 'a');
  put('changed', 'guess');
  put('created', 'guess');
  const content = withRevisions(store.openView(), { certain: 2, next: 1_000 });
  assert.equal(content.header.revision, 1_000);
  const found = [];
  for (let image = content.next(); image !== undefined; image = content.next())
    found.push([image.key, image.createRevision, image.modifyRevision, image.version]);
  assert.deepEqual(found, [
    ['certain', 1, 1, 1],
    ['changed', 2, 1_000, 2],
    ['created', 1_000, 1_000, 1],
  ]);
});
