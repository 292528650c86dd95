import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { completion } from './completion.ts';
import { DiskFiles } from './disk-files.ts';
import type { Files } from './files.ts';
import { MemoryFiles } from './memory-files.ts';
import type { SnapshotPart } from './snapshot-part.ts';
import { Snapshots } from './snapshots.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const opened = (files: Files): Promise<Snapshots> =>
  completion<Snapshots>((done) => Snapshots.open(files, done));

async function written(part: SnapshotPart, text: string, offset = 0): Promise<SnapshotPart> {
  await completion<void>((done) => part.write(offset, Buffer.from(text), done));
  return part;
}

async function published(snapshots: Snapshots, slot: number, text: string): Promise<void> {
  const part = await completion<SnapshotPart>((done) => snapshots.create(slot, done));
  await written(part, text);
  await completion<void>((done) => snapshots.publish(part, done));
}

async function read(snapshots: Snapshots, slot: number, offset: number, length: number): Promise<string> {
  const target = Buffer.alloc(length);
  const bytes = await completion<number>((done) => snapshots.readInto(slot, offset, target, done));
  return target.toString('utf8', 0, bytes);
}

test('a snapshot has its name when it is whole, and is found again, on a real disk', async (context) => {
  const directory = temporaryDirectory(context, 'paxoskv-snapshots');
  const files = new DiskFiles(directory);
  const snapshots = await opened(files);
  assert.equal(snapshots.newest, undefined);
  const part = await completion<SnapshotPart>((done) => snapshots.create(12, done));
  await written(await written(part, 'hello '), 'world', 6);
  assert.deepEqual(readdirSync(directory), ['snapshot-000000000012.part']);
  await completion<void>((done) => snapshots.publish(part, done));
  assert.deepEqual(readdirSync(directory), ['snapshot-000000000012']);
  assert.equal(await read(snapshots, 12, 3, 100), 'lo world');
  await completion<void>((done) => snapshots.close(done));

  const again = await opened(files);
  const { slot, bytes } = again.newest ?? { slot: 0, bytes: 0 };
  assert.deepEqual({ slot, bytes }, { slot: 12, bytes: 11 });
  assert.equal(await read(again, 12, 0, 5), 'hello');
  await completion<void>((done) => again.close(done));
});

test('an older snapshot goes, unless somebody reads it', async () => {
  const files = new MemoryFiles();
  const snapshots = await opened(files);
  for (const slot of [10, 20, 30]) await published(snapshots, slot, `at ${slot}`);
  await completion<void>((done) => snapshots.removeOlder(10, done));
  assert.deepEqual([...files.images().keys()].toSorted(), ['snapshot-000000000010', 'snapshot-000000000030']);
  assert.equal(await read(snapshots, 10, 0, 100), 'at 10');
  assert.equal(snapshots.at(20), undefined);
  await completion<void>((done) => snapshots.removeOlder(undefined, done));
  assert.deepEqual([...files.images().keys()], ['snapshot-000000000030']);
});

test('of two that are ready at the same time the one that goes furthest stays', async () => {
  for (const [first, second] of [
    [10, 70],
    [70, 10],
    [70, 70],
  ] as const) {
    const files = new MemoryFiles();
    const snapshots = await opened(files);
    const own = await written(await completion<SnapshotPart>((done) => snapshots.create(first, done)), 'x');
    const taken = await completion<SnapshotPart>((done) => snapshots.receive(second, done));
    await written(taken, 'x');
    await Promise.all([
      completion<void>((done) => snapshots.publish(own, done)),
      completion<void>((done) => snapshots.publish(taken, done)),
    ]);
    assert.equal(snapshots.newest?.slot, 70);
    await completion<void>((done) => snapshots.removeOlder(undefined, done));
    assert.deepEqual([...files.images().keys()], ['snapshot-000000000070'], `${first} and ${second}`);
    assert.equal(await read(snapshots, 70, 0, 1), 'x');
  }
});

test('at a start what was being written goes, and what was coming in can go on', async () => {
  const text = Buffer.from('some bytes');
  const images = new Map(
    ['10', '20', '15.received', '25.part', '30.received', '31.received'].map((end) => {
      const [slot = '', suffix] = end.split('.');
      const name = `snapshot-${slot.padStart(12, '0')}`;
      return [suffix === undefined ? name : `${name}.${suffix}`, text];
    }),
  );
  const files = new MemoryFiles(images);
  const snapshots = await opened(files);
  assert.equal(snapshots.newest?.slot, 20);
  assert.deepEqual(
    [...files.images().keys()].toSorted(),
    ['snapshot-000000000020', 'snapshot-000000000031.received'].toSorted(),
  );
  const same = await completion<SnapshotPart>((done) => snapshots.receive(31, done));
  assert.equal(same.bytes, text.length);
  await completion<void>((done) => same.close(done));
  const other = await completion<SnapshotPart>((done) => snapshots.receive(40, done));
  assert.equal(other.bytes, 0);
  assert.ok(!files.images().has('snapshot-000000000031.received'));
  await completion<void>((done) => snapshots.discard(other, done));
  assert.deepEqual([...files.images().keys()], ['snapshot-000000000020']);
});
