import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appended,
  BALLOT,
  closed,
  durable,
  entry,
  opened,
  readTexts,
  SEGMENT_BYTES,
} from './log-under-test.ts';
import type { Log } from './log.ts';
import { MemoryFiles } from './memory-files.ts';

const CLUSTER = '00112233445566778899aabbccddeeff';

/** Slots from the one to the other, four to a segment. */
async function fill(log: Log, from: number, through: number): Promise<void> {
  for (let slot = from; slot <= through; slot += 1) {
    await appended(log, [entry(slot, String(slot).padEnd(SEGMENT_BYTES / 5, '.'))]);
  }
}

function segmentsIn(files: MemoryFiles): number[] {
  const names = [...files.images().keys()].filter((name) => /^log-\d+$/.test(name));
  return names.map((name) => Number(name.slice(4))).toSorted((a, b) => a - b);
}

/** Until the log has nothing to do: it removes files in the background. */
async function settled(log: Log, files: MemoryFiles, first: number): Promise<void> {
  for (let turn = 0; segmentsIn(files)[0] !== first; turn += 1) {
    assert.ok(turn < 1_000, `the log begins with segment ${segmentsIn(files)[0]}`);
    await durable(log);
  }
}

async function logOfTwenty(files: MemoryFiles): Promise<Log> {
  const { log } = await opened(files);
  await appended(log, [
    { kind: 'joined', cluster: CLUSTER },
    { kind: 'promise', ballot: BALLOT },
  ]);
  await fill(log, 1, 20);
  log.append({ kind: 'chosen', slot: 20 });
  await appended(log, [{ kind: 'promise', ballot: { ...BALLOT, round: BALLOT.round + 1 } }]);
  return log;
}

test('Log dropThrough() removes whole segments that say nothing above the slot, and keeps promise and cluster', async () => {
  const files = new MemoryFiles();
  const log = await logOfTwenty(files);
  const before = { bytes: log.bytes, segments: log.segments };
  assert.equal(segmentsIn(files)[0], 1);
  log.dropThrough(10, 0);
  await settled(log, files, 3);
  assert.deepEqual(
    { bytes: log.bytes, segments: log.segments },
    { bytes: before.bytes - 2 * SEGMENT_BYTES, segments: before.segments - 2 },
  );
  await assert.rejects(readTexts(log, 1, 20), { code: 'NOT_HELD' });
  assert.equal((await readTexts(log, 10, 20)).length, 11);
  await closed(log);

  const again = await opened(files, { coveredThrough: 10 });
  assert.equal(again.recovered.cluster, CLUSTER);
  assert.equal(again.recovered.promised.round, BALLOT.round + 1);
  assert.equal(again.recovered.chosen, 20);
  await fill(again.log, 21, 24);
  assert.equal((await readTexts(again.log, 10, 24)).length, 15);
  await closed(again.log);
});

test('Log dropThrough() leaves what shall be kept for those who lag behind', async () => {
  const files = new MemoryFiles();
  const log = await logOfTwenty(files);
  log.dropThrough(20, 1_000 * SEGMENT_BYTES);
  await fill(log, 21, 24);
  assert.equal(segmentsIn(files)[0], 1);
  log.dropThrough(20, 3 * SEGMENT_BYTES);
  await settled(log, files, 3);
  assert.equal((await readTexts(log, 9, 24)).length, 16);
  await closed(log);
});

test('a segment goes between two readers: the one before gets what it asked for, those behind are told', async () => {
  const files = new MemoryFiles();
  const log = await logOfTwenty(files);
  const reads = Promise.allSettled([readTexts(log, 1, 8), readTexts(log, 2, 7), readTexts(log, 9, 20)]);
  log.dropThrough(10, 0);
  await settled(log, files, 3);
  assert.deepEqual(
    (await reads).map((read) => (read.status === 'fulfilled' ? read.value.length : String(read.reason))),
    [8, 'NotHeld: the log holds no entry for slot 2', 12],
  );
  await closed(log);
});

test('Log open() refuses a log without what was removed from it, and says what is missing', async () => {
  const files = new MemoryFiles();
  const log = await logOfTwenty(files);
  log.dropThrough(10, 0);
  await settled(log, files, 3);
  await closed(log);
  const images = files.images();

  await assert.rejects(opened(new MemoryFiles(images)), {
    code: 'CORRUPTION',
    message:
      /^log-000000000003 at byte 0: what lies before it was removed, because a snapshot held everything up to slot 8; there is no snapshot\. .*must not vote/,
  });
  await assert.rejects(
    opened(new MemoryFiles(images), { coveredThrough: 7 }),
    /the newest one reaches slot 7/,
  );
  await closed((await opened(new MemoryFiles(images), { coveredThrough: 8 })).log);

  images.delete('log-000000000003');
  await assert.rejects(opened(new MemoryFiles(images), { coveredThrough: 10 }), {
    code: 'CORRUPTION',
    message: /^log-000000000003 at byte 0: the file is missing/,
  });
});

test('a crash between announcement and removal is made good at the next start', async () => {
  const files = new MemoryFiles();
  const log = await logOfTwenty(files);
  const before = files.images();
  log.dropThrough(10, 0);
  await settled(log, files, 3);
  await closed(log);
  const images = files.images();
  for (const name of ['log-000000000001', 'log-000000000002']) {
    images.set(name, before.get(name) ?? new Uint8Array(0));
    const left = new MemoryFiles(images);
    if (name === 'log-000000000001') {
      await assert.rejects(opened(left, { coveredThrough: 10 }), /log-000000000002 .*the file is missing/);
      continue;
    }
    const again = await opened(left, { coveredThrough: 10 });
    assert.equal(again.recovered.chosen, 20);
    await settled(again.log, left, 3);
    await closed(again.log);
  }
});

test('a snapshot further than the log stands for what the log does not hold', async () => {
  const files = new MemoryFiles();
  const log = await logOfTwenty(files);
  await closed(log);
  const again = await opened(files, { coveredThrough: 100 });
  assert.equal(again.recovered.chosen, 100);
  assert.deepEqual(again.recovered.entries, []);
  await fill(again.log, 101, 103);
  again.log.append({ kind: 'chosen', slot: 102 });
  await closed(again.log);
  const third = await opened(files, { coveredThrough: 100 });
  assert.equal(third.recovered.chosen, 102);
  assert.equal(third.recovered.entries.length, 1);
  await closed(third.log);
  await assert.rejects(opened(files), /slots 1 to 102 are known chosen, and not all of them are in the log/);
});

test('Log skipThrough() hides what was accepted where a snapshot was taken over, for good', async () => {
  const files = new MemoryFiles();
  const { log } = await opened(files);
  await appended(log, [entry(1, 'a'), entry(2, 'b'), entry(3, 'lost'), entry(4, 'lost')]);
  log.append({ kind: 'chosen', slot: 2 });
  log.append(entry(5, 'lost, on its way'));
  log.skipThrough(6);
  await durable(log);
  for (const slot of [1, 3, 5]) await assert.rejects(readTexts(log, slot, slot), { code: 'NOT_HELD' });
  assert.equal(log.firstSlot, 0);
  await appended(log, [entry(7, 'g')]);
  log.append({ kind: 'chosen', slot: 7 });
  assert.deepEqual(await readTexts(log, 7, 7), ['7:g']);
  assert.equal(log.firstSlot, 7);
  await closed(log);

  const again = await opened(files, { coveredThrough: 6 });
  assert.equal(again.recovered.chosen, 7);
  await assert.rejects(readTexts(again.log, 4, 7), { code: 'NOT_HELD' });
  assert.deepEqual(await readTexts(again.log, 7, 7), ['7:g']);
  await closed(again.log);
});

test('what was accepted below a snapshot stays hidden when the process ended before the log heard of it', async () => {
  const files = new MemoryFiles();
  const { log } = await opened(files);
  await appended(log, [entry(1, 'a'), entry(2, 'lost'), entry(3, 'lost')]);
  log.append({ kind: 'chosen', slot: 1 });
  await closed(log);

  const second = await opened(files, { coveredThrough: 3 });
  await assert.rejects(readTexts(second.log, 2, 3), { code: 'NOT_HELD' });
  await appended(second.log, [entry(4, 'd')]);
  second.log.append({ kind: 'chosen', slot: 4 });
  await closed(second.log);

  // Now the log knows more slots to be chosen than the snapshot holds.
  const third = await opened(files, { coveredThrough: 3 });
  await assert.rejects(readTexts(third.log, 2, 4), { code: 'NOT_HELD' });
  assert.deepEqual(await readTexts(third.log, 4, 4), ['4:d']);
  await closed(third.log);
});
