import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRecord } from '../codec/record.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import { completion } from './completion.ts';
import { DiskFiles } from './disk-files.ts';
import type { File } from './files.ts';
import type { Log } from './log.ts';
import {
  appended,
  BALLOT,
  closed,
  durable,
  entry,
  opened,
  read,
  readAll,
  readTexts,
  REPLICA,
  SEGMENT_BYTES,
  text,
} from './log-under-test.ts';
import { MemoryFiles } from './memory-files.ts';
import { segmentName } from './segment.ts';
import { scanSegment } from './segment-scan.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

test('Log open() formats an empty directory once', async () => {
  const files = new MemoryFiles();
  let drawn = 0;
  const options = { drawReplicaId: () => REPLICA + drawn++ };
  const first = await opened(files, options);
  assert.deepEqual(first.recovered, {
    replica: REPLICA,
    cluster: undefined,
    promised: { round: 0, replica: 0 },
    chosen: 0,
    start: 1,
    entries: [],
    cutBytes: 0,
  });
  await closed(first.log);
  const second = await opened(files, options);
  assert.deepEqual(second.recovered, { ...first.recovered, start: 2 });
  assert.equal(drawn, 1);
  await closed(second.log);
});

test('Log counts the starts of its replica, before anybody hears of them and over many segments', async () => {
  const files = new MemoryFiles();
  for (let start = 1; start <= 5; start += 1) {
    // What was synced by now, since a process that is killed closes nothing.
    const { log, recovered } = await opened(new MemoryFiles(files.images()));
    assert.equal(recovered.start, start);
    await closed(log);
    const again = await opened(files);
    assert.equal(again.recovered.start, start);
    for (let slot = 1; slot <= 30; slot += 1) await appended(again.log, [entry(slot, 'x'.repeat(500))]);
    await closed(again.log);
  }
});

test('Log brings back what was appended, on a real disk', async (context) => {
  const files = new DiskFiles(temporaryDirectory(context, 'paxoskv-log'));
  const { log } = await opened(files);
  await appended(log, [
    { kind: 'joined', cluster: '00112233445566778899aabbccddeeff' },
    { kind: 'promise', ballot: BALLOT },
    entry(1, 'one'),
    entry(2, 'two'),
    entry(3, 'three'),
    { kind: 'chosen', slot: 1 },
  ]);
  await closed(log);

  const again = await opened(files);
  assert.equal(again.recovered.cluster, '00112233445566778899aabbccddeeff');
  assert.deepEqual(again.recovered.promised, BALLOT);
  assert.equal(again.recovered.chosen, 1);
  assert.deepEqual(again.recovered.entries.map(text), ['2:two', '3:three']);
  assert.deepEqual(await readTexts(again.log, 1, 3), ['1:one', '2:two', '3:three']);
  await closed(again.log);
});

test('Log writes what gathers during a write with the next one: one sync for all', async () => {
  const synced: number[] = [];
  let writes = 0;
  const { log } = await opened(new MemoryFiles(), {
    onWrite: () => (writes += 1),
    onSynced: (_bytes, records) => synced.push(records),
  });
  const order: string[] = [];
  log.append(entry(1, 'first'));
  log.whenDurable(() => order.push('first'));
  log.flush();
  for (let slot = 2; slot <= 101; slot += 1) {
    log.append(entry(slot, 'later'));
    log.whenDurable(() => order.push(String(slot)));
    log.flush();
  }
  assert.deepEqual(order, []);
  // What gathers and what is being written: a hundred facts and one, with their records.
  assert.ok(log.unwrittenBytes > 101 * 600 && log.unwrittenBytes < 101 * 800, String(log.unwrittenBytes));
  await durable(log);
  assert.equal(log.unwrittenBytes, 0);
  assert.deepEqual(synced, [0, 1, 100]);
  assert.equal(writes, 3);
  assert.equal(order[0], 'first');
  assert.deepEqual(
    order.slice(1).map(Number),
    Array.from({ length: 100 }, (_, index) => index + 2),
  );
  await closed(log);
});

test('Log whenDurable() waits for no chosen mark, which rides with the next write', async () => {
  const files = new MemoryFiles();
  const { log } = await opened(files);
  await appended(log, [entry(1, 'one'), entry(2, 'two')]);
  const before = files.images();
  log.append({ kind: 'chosen', slot: 1 });
  let called = false;
  log.whenDurable(() => (called = true));
  assert.equal(called, false);
  log.flush();
  assert.equal(called, true);
  await durable(log);
  assert.deepEqual(files.images(), before);
  await appended(log, [entry(3, 'three')]);
  const { recovered } = await opened(new MemoryFiles(files.images()));
  assert.equal(recovered.chosen, 1);
  assert.deepEqual(recovered.entries.map(text), ['2:two', '3:three']);
  await closed(log);
});

test('Log close() writes the last chosen mark', async () => {
  const files = new MemoryFiles();
  const { log } = await opened(files);
  await appended(log, [entry(1, 'one')]);
  log.append({ kind: 'chosen', slot: 1 });
  await closed(log);
  const { recovered } = await opened(files);
  assert.equal(recovered.chosen, 1);
});

test('Log goes on over many segments, keeps a spare, and each begins with what went before', async () => {
  const files = new MemoryFiles();
  const first = await opened(files);
  await appended(first.log, [
    { kind: 'joined', cluster: 'ff112233445566778899aabbccddeeff' },
    { kind: 'promise', ballot: BALLOT },
  ]);
  for (let slot = 1; slot <= 200; slot += 1) {
    await appended(first.log, [entry(slot, `${slot}-`.repeat(100)), { kind: 'chosen', slot: slot - 1 }]);
  }
  assert.ok(first.log.segments > 4);
  assert.equal(first.log.bytes, first.log.segments * SEGMENT_BYTES);
  await closed(first.log);
  assert.deepEqual(beginning(files, 3), ['header', 'joined', 'promise', 'chosen', 'start']);

  const second = await opened(files);
  assert.equal(second.log.segments, first.log.segments);
  assert.equal(second.log.bytes, first.log.bytes);
  assert.deepEqual(second.recovered.promised, BALLOT);
  assert.equal(second.recovered.cluster, 'ff112233445566778899aabbccddeeff');
  assert.equal(second.recovered.chosen, 199);
  assert.deepEqual(
    second.recovered.entries.map((one) => one.slot),
    [200],
  );
  const all = await readAll(second.log, 1, 200, 5_000);
  assert.deepEqual(
    all.map(text),
    Array.from({ length: 200 }, (_, index) => `${index + 1}:${`${index + 1}-`.repeat(100)}`),
  );
  await closed(second.log);
});

test('Log read() gives the entry written last for a slot, at once and after a restart', async () => {
  const files = new MemoryFiles();
  const { log } = await opened(files);
  const padding = 'x'.repeat(400);
  for (let slot = 1; slot <= 60; slot += 1) await appended(log, [entry(slot, `old${padding}`)]);
  for (let slot = 20; slot <= 40; slot += 3) await appended(log, [entry(slot, `new${padding}`)]);
  await appended(log, [entry(61, 'old'), entry(30, 'last'), entry(62, 'old')]);
  const check = async (some: Log): Promise<void> => {
    const found = (await readAll(some, 1, 62, 3_000)).map((one) => text(one).replace(padding, ''));
    assert.deepEqual(
      found,
      Array.from({ length: 62 }, (_, index) => lastText(index + 1)),
    );
    assert.deepEqual(await readTexts(some, 30, 30), ['30:last']);
  };
  await check(log);
  await closed(log);
  const again = await opened(files);
  await check(again.log);
  await closed(again.log);
});

test('Log read() serves several readers, and keeps to its limits', async () => {
  const { log } = await opened(new MemoryFiles());
  for (let slot = 1; slot <= 50; slot += 1) await appended(log, [entry(slot, 'v'.repeat(1_000))]);
  const [one, two, three] = await Promise.all([
    read(log, 1, 50, 1),
    read(log, 10, 50, 2_500),
    read(log, 40, 44, 1_000_000),
  ]);
  assert.deepEqual(one?.map(slotOf), [1]);
  assert.deepEqual(two?.map(slotOf), [10, 11]);
  assert.deepEqual(three?.map(slotOf), [40, 41, 42, 43, 44]);
  await assert.rejects(read(log, 51, 60, 1_000), { code: 'NOT_HELD' });
  await closed(log);
});

test('Log gives a record that is longer than a segment a segment of its own', async () => {
  const files = new MemoryFiles();
  const { log } = await opened(files);
  const long = 'long'.repeat(20_000);
  await appended(log, [entry(1, 'short'), entry(2, long), entry(3, 'short')]);
  await appended(log, [entry(4, 'short')]);
  await closed(log);
  const again = await opened(files);
  assert.deepEqual(again.recovered.entries.map(text), ['1:short', `2:${long}`, '3:short', '4:short']);
  assert.deepEqual(await readTexts(again.log, 1, 4), ['1:short', `2:${long}`, '3:short', '4:short']);
  await closed(again.log);
});

test('Log splits what has gathered beyond a segment, and no mark is written before its entries', async () => {
  const files = new MemoryFiles();
  const images: ReturnType<MemoryFiles['images']>[] = [];
  const { log } = await opened(files, { onSynced: () => images.push(files.images()) });
  const facts = Array.from({ length: 300 }, (_, index) => entry(index + 1, 'v'.repeat(200)));
  await appended(log, [...facts, { kind: 'chosen', slot: 250 }, { kind: 'promise', ballot: BALLOT }]);
  await closed(log);
  assert.ok(images.length > 4);
  for (const image of images.slice(1, -1)) {
    const { recovered } = await opened(new MemoryFiles(image));
    assert.equal(recovered.chosen, 0);
    assert.equal(recovered.promised.round, 0);
  }
  const again = await opened(files);
  assert.equal(again.recovered.chosen, 250);
  assert.equal(again.recovered.entries.length, 50);
  assert.equal((await readAll(again.log, 1, 300, 10_000)).length, 300);
  await closed(again.log);
});

test('Log removes a segment that was not finished, and uses a spare that was', async () => {
  const files = new MemoryFiles();
  const { log } = await opened(files);
  await appended(log, [entry(1, 'one')]);
  await closed(log);
  await completion<File>((done) => files.create('log-000000000003.new', done));
  await completion<File>((done) => files.create('lock', done));
  const again = await opened(files);
  const names = (await completion<string[]>((done) => files.list(done))).toSorted();
  assert.deepEqual(names, ['lock', 'log-000000000001', 'log-000000000002']);
  assert.equal(again.log.segments, 2);
  await closed(again.log);
});

test('Log read() reports a record that has changed on disk, and the process has to end', async (context) => {
  const files = new DiskFiles(temporaryDirectory(context, 'paxoskv-log'));
  const failures: Error[] = [];
  const { log } = await opened(files, { fatal: (error) => failures.push(error) });
  await appended(log, [entry(1, 'one'), entry(2, 'two')]);
  const file = await completion<File>((done) => files.open('log-000000000001', done));
  const image = Buffer.from(await completion<Uint8Array>((done) => file.read(0, SEGMENT_BYTES, done)));
  await completion<void>((done) => file.write(image.indexOf('two'), [Buffer.from('twi')], done));
  await completion<void>((done) => file.close(done));
  await assert.rejects(read(log, 1, 2, 1_000), {
    code: 'CORRUPTION',
    message: /log-000000000001 at byte \d+: a damaged record was read back/,
  });
  assert.equal(failures.length, 1);
  await closed(log);
});

/** What the test of overwritten slots wrote last for a slot. */
function lastText(slot: Slot): string {
  if (slot === 30) return '30:last';
  return `${slot}:${slot >= 20 && slot <= 40 && (slot - 20) % 3 === 0 ? 'new' : 'old'}`;
}

/** The kinds of the records that segment `number` begins with, up to its first entry. */
function beginning(files: MemoryFiles, number: number): string[] {
  const image = files.images().get(segmentName(number)) ?? new Uint8Array(0);
  const batch = decodeRecord(image, 32);
  assert.ok(batch.kind === 'batch');
  const kinds: string[] = [];
  scanSegment(image, number, batch.batch.sequence, (record) => kinds.push(record.kind));
  return kinds.slice(0, kinds.indexOf('entry'));
}

function slotOf(one: Entry): Slot {
  return one.slot;
}
