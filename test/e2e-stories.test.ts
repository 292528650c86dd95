import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { STORIES } from './e2e/stories.ts';

test('every end-to-end story is in the list by which they are told', () => {
  const files = globSync('*.test.ts', { cwd: path.join(import.meta.dirname, 'e2e') });
  const names = files.map((file) => file.replace(/\.test\.ts$/, ''));
  assert.deepEqual(STORIES.map(({ name }) => name).toSorted(), names.toSorted());
});
