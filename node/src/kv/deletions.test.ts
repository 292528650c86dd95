import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Deletions } from './deletions.ts';

const someHash = fc.oneof(
  fc.integer(),
  fc.integer({ min: 0, max: 3 }).map((high) => (high << 16) | 7),
);

test('Deletions never misses one, and is exact for a key that shares its bucket with nobody', () => {
  fc.assert(
    fc.property(fc.array(someHash, { maxLength: 40 }), someHash, (deleted, asked) => {
      const deletions = new Deletions();
      const restored = new Deletions();
      for (const [index, hash] of deleted.entries()) deletions.add(hash, index + 1);
      const { hashes, newest, others } = deletions.image();
      for (const [bucket, revision] of newest.entries()) {
        if (revision === 0) continue;
        restored.restore(hashes[bucket] as number, revision, others[bucket] as number);
      }
      const alone = deleted.every((hash) => hash === asked || (hash & 0xffff) !== (asked & 0xffff));
      for (let revision = 0; revision <= deleted.length; revision += 1) {
        const wasDeleted = deleted.lastIndexOf(asked) >= revision;
        const answer = deletions.mayFollow(asked, revision);
        if (wasDeleted || alone) assert.equal(answer, wasDeleted);
        assert.equal(restored.mayFollow(asked, revision), answer);
      }
    }),
  );
});

test('Deletions addAll() counts as a deletion of every key', () => {
  const deletions = new Deletions();
  deletions.addAll(5);
  assert.equal(deletions.mayFollow(1, 4), true);
  assert.equal(deletions.mayFollow(1, 5), false);
  const restored = new Deletions();
  restored.restoreAllAt(deletions.allAt);
  assert.equal(restored.mayFollow(1, 4), true);
});
