import assert from 'node:assert/strict';
import type { StatsFs } from 'node:fs';
import { test } from 'node:test';
import { DiskSpace } from './disk-space.ts';

const SAID = { blocks: 10, bavail: 4, bsize: 512 } as StatsFs;

test('a disk that hangs is asked once, holds nobody up, and is asked again when it has answered', async () => {
  const asked: ((said: StatsFs) => void)[] = [];
  const space = new DiskSpace('data', () => new Promise((resolve) => asked.push(resolve)));
  assert.deepEqual(await Promise.all([space.ask(), space.ask()]), [undefined, undefined]);
  assert.equal(await space.ask(), undefined);
  assert.equal(asked.length, 1);
  const late = space.ask();
  asked[0]?.(SAID);
  assert.equal(await late, SAID);
  const next = space.ask();
  asked[1]?.(SAID);
  assert.equal(await next, SAID);
});

test('a disk that fails says nothing', async () => {
  const space = new DiskSpace('data', () => Promise.reject(new Error('EIO')));
  assert.equal(await space.ask(), undefined);
});
