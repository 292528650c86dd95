/** `docs/protocol.md` speaks of the bytes that the code writes: its tables and examples are held against them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { encodeBatch, SegmentWriter } from '../node/src/codec/batch.ts';
import { decodeMessage, encodeMessage, type PeerMessage } from '../node/src/codec/message.ts';
import {
  BATCH_RECORD_BYTES,
  bodyLength,
  encodeRecord,
  entryRecord,
  FORMAT_VERSION,
  type LogRecord,
} from '../node/src/codec/record.ts';
import { CHUNK_BODY_BYTES_MAX, CHUNK_FIELDS_BYTES } from '../node/src/codec/snapshot-chunk.ts';
import { SNAPSHOT_VERSION } from '../node/src/codec/snapshot-header.ts';
import { SnapshotWriter } from '../node/src/codec/snapshot.ts';
import { commandByCode, commandByName } from '../node/src/kv/commands.ts';
import { INTERNAL } from '../node/src/kv/internal-codes.ts';
import { encodeOnce } from '../node/src/kv/once.ts';
import { Store } from '../node/src/kv/store.ts';
import { PENDING_CONNECTIONS_MAX } from '../node/src/link/acceptor.ts';
import { QUEUE_BYTES_MAX } from '../node/src/link/connection.ts';
import { encodeHello, HELLO_BYTES_MAX, parseFirstFrame, VERSION } from '../node/src/link/hello.ts';
import { LINK_TIMING } from '../node/src/link/link-timing.ts';
import { FRAME_BYTES_MAX } from '../node/src/link/web-socket-options.ts';
import { BALLOT_NONE } from '../node/src/paxos/ballot.ts';
import type { Entry } from '../node/src/paxos/entry.ts';
import { Batch } from '../node/src/storage/batch.ts';
import { SECTOR_BYTES } from '../node/src/storage/sectors.ts';
import { segmentName } from '../node/src/storage/segment.ts';

const document = readFileSync(path.join(import.meta.dirname, '../docs/protocol.md'), 'utf8');

const MIB = 1024 * 1024;
const BALLOT = { round: 3, replica: 0x70_45_54_b6_fe_36 };
const CLUSTER = 'bebe9460282c60dca4d32769c3147706';
const STAMP_MS = 1_767_225_600_000;

function codeOf(name: string): number {
  const command = commandByName(name);
  assert.ok(command);
  return command.code;
}

const writer = new SegmentWriter(0x1f_2e_3d_4c_5b_6a);
writer.add(codeOf('SET'), ['colour', 'blue']);
writer.add(codeOf('INCR'), ['visits']);
const segment = writer.seal(7);
const batch = encodeBatch({ tag: BALLOT, stampMs: STAMP_MS, number: 3, expire: false }, [segment]);
const entry: Entry = { slot: 42, ballot: BALLOT, value: { kind: 'commands', bytes: batch } };

/** The beginning of a segment's file: all that its first write brings. */
function segmentStart(): Uint8Array {
  const header = encodeRecord({
    kind: 'header',
    formatVersion: FORMAT_VERSION,
    replica: BALLOT.replica,
    segment: 2,
  });
  const first = new Batch(2, 0, header);
  first.add(encodeRecord({ kind: 'joined', cluster: CLUSTER }));
  first.add(encodeRecord({ kind: 'promise', ballot: BALLOT }));
  first.add(encodeRecord({ kind: 'chosen', slot: 41 }));
  first.add(encodeRecord({ kind: 'start', number: 3 }));
  first.add(entryRecord({ slot: 42, ballot: BALLOT, value: { kind: 'noop' } }));
  first.seal(9);
  return Buffer.concat(first.chunks);
}

/** The chunks of a small snapshot. */
function snapshotChunks(): Buffer[] {
  const store = new Store();
  const context = { nowMs: STAMP_MS, random: 0 };
  store.setGrowth({ quotaBytes: 1024 * MIB, diskFull: false });
  store.execute(codeOf('SET'), ['gone', 'x'], context);
  store.execute(codeOf('SET'), ['colour', 'blue', 'PX', '60000'], context);
  store.execute(codeOf('DEL'), ['gone'], context);
  const key = { session: '5f3a9c0e11d2b7a4', sequence: 7 };
  store.execute(INTERNAL.openSession, [key.session], context);
  store.execute(INTERNAL.once, encodeOnce(key, 'fingerprint', codeOf('EXISTS'), ['colour']), context);
  const view = store.openView();
  const applier = { applied: 42, epoch: BALLOT, batchNumber: 3, stampMs: STAMP_MS };
  const chunks: Buffer[] = [];
  const chunkWriter = new SnapshotWriter(
    { cluster: CLUSTER, applier, rulings: [], store: view.header },
    view,
  );
  for (let chunk = chunkWriter.next(); chunk !== undefined; chunk = chunkWriter.next()) {
    chunks.push(Buffer.from(chunk));
  }
  view.close();
  return chunks;
}

const EXAMPLES: Readonly<Record<string, Uint8Array>> = {
  segment,
  batch,
  entry: entryRecord(entry),
  forward: encodeMessage({ kind: 'forward', ballot: BALLOT, firstOfBallot: 5, segment }),
  accept: encodeMessage({ kind: 'accept', ballot: BALLOT, from: 40, chosen: 41, entries: [entry] }),
  accepted: encodeMessage({
    kind: 'accepted',
    ballot: BALLOT,
    mark: 42,
    gap: false,
    clockMs: STAMP_MS + 123,
  }),
  'start of a segment file': segmentStart(),
  snapshot: Buffer.concat(snapshotChunks()),
};

/** One of each, without entries, in the order of their numbers. */
const MESSAGES: readonly PeerMessage[] = [
  { kind: 'canvass', ballot: BALLOT },
  { kind: 'canvassReply', ballot: BALLOT, granted: true, promised: BALLOT },
  { kind: 'prepare', ballot: BALLOT, first: 1, handedOver: BALLOT_NONE },
  { kind: 'promise', ballot: BALLOT, chosen: 1, part: 0, parts: 1, entries: [] },
  { kind: 'refuse', refused: BALLOT, promised: BALLOT },
  { kind: 'accept', ballot: BALLOT, from: 1, chosen: 1, entries: [] },
  { kind: 'accepted', ballot: BALLOT, mark: 1, gap: false, clockMs: 1 },
  { kind: 'heartbeat', ballot: BALLOT, from: 1, chosen: 1, round: 1, leaseMs: 0 },
  { kind: 'heartbeatReply', ballot: BALLOT, round: 1, mark: 1, clockMs: 1, leaseGranted: false },
  { kind: 'indexRequest', id: 1 },
  { kind: 'indexReply', id: 1, index: 1 },
  { kind: 'fetch', from: 1 },
  { kind: 'chosen', entries: [] },
  { kind: 'forward', ballot: BALLOT, firstOfBallot: 1, segment },
  { kind: 'snapshotOffer', slot: 1, bytes: 1 },
  { kind: 'snapshotFetch', slot: 1, offset: 0, length: 1 },
  { kind: 'snapshotChunk', slot: 1, offset: 0, bytes: new Uint8Array(0) },
  { kind: 'campaignNow', ballot: BALLOT },
  { kind: 'full' },
];

const RECORDS: readonly Exclude<LogRecord, { kind: 'entry' }>[] = [
  { kind: 'header', formatVersion: FORMAT_VERSION, replica: 1, segment: 1 },
  { kind: 'joined', cluster: CLUSTER },
  { kind: 'promise', ballot: BALLOT },
  { kind: 'chosen', slot: 1 },
  { kind: 'batch', batch: { sequence: 1, segment: 1, offset: 0, bytes: 0, zeroSectors: 0 } },
  { kind: 'trimmed', segment: 1, slot: 1 },
  { kind: 'start', number: 1 },
  { kind: 'skipped', slot: 1 },
];

/** The cells of the table that follows `<!-- table: name -->`, without its head. */
function tableOf(name: string): string[][] {
  const [, after] = document.split(`<!-- table: ${name} -->\n`);
  assert.ok(after !== undefined, `docs/protocol.md has no table "${name}"`);
  const rows = after.slice(0, after.search(/\n(?!\|)/)).split('\n');
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** The bytes in the block that follows `<!-- bytes: name -->`: on each line, up to two spaces. */
function bytesOf(name: string): string {
  const [, after] = document.split(`<!-- bytes: ${name} -->\n\n\`\`\`\n`);
  assert.ok(after !== undefined, `docs/protocol.md has no example "${name}"`);
  const lines = after.slice(0, after.indexOf('```')).trimEnd().split('\n');
  return lines.map((line) => /^(?:[0-9a-f]{2}(?: |$))*/.exec(line)?.[0].replaceAll(' ', '') ?? '').join('');
}

for (const [name, bytes] of Object.entries(EXAMPLES)) {
  test(`docs/protocol.md shows the bytes of the example "${name}"`, () => {
    assert.equal(bytesOf(name), Buffer.from(bytes).toString('hex'));
  });
}

test('docs/protocol.md lists every message with its number and its bytes before entries or segment', () => {
  const expected = MESSAGES.map((message) => {
    const frame = encodeMessage(message);
    assert.equal(decodeMessage(frame).kind, message.kind);
    const fixedBytes = frame.length - (message.kind === 'forward' ? segment.length : 0);
    return [String(frame[0]), message.kind, String(fixedBytes)];
  });
  assert.deepEqual(
    tableOf('messages').map(([number, name, , bytes]) => [number, name, bytes]),
    expected,
  );
  assert.throws(() => decodeMessage(Uint8Array.of(MESSAGES.length + 1)), /unknown message kind/);
});

test('docs/protocol.md lists every kind of record with its number and its length on disk', () => {
  const listed = new Map(tableOf('records').map(([number, name, , bytes]) => [name, [number, bytes]]));
  for (const record of RECORDS) {
    const bytes = encodeRecord(record);
    assert.deepEqual(listed.get(record.kind), [String(bytes[8]), String(bytes.length)], record.kind);
  }
  const noop = entryRecord({ slot: 1, ballot: BALLOT, value: { kind: 'noop' } });
  assert.equal(listed.get('entry')?.[0], String(noop[8]));
  assert.ok(document.includes(`of ${bodyLength(noop, 0)} bytes and its value`));
  assert.equal(listed.size, RECORDS.length + 1);
});

test('docs/protocol.md lists every kind of chunk with its number', () => {
  const kinds = snapshotChunks().map((chunk) => String(chunk[8]));
  assert.deepEqual(
    tableOf('chunks').map(([number]) => number),
    kinds,
  );
});

test('docs/protocol.md lists every command code, and no other', () => {
  const expected: string[][] = [];
  for (let code = 0; code < 256; code += 1) {
    const command = commandByCode(code);
    if (command !== undefined) {
      expected.push([String(code), command.name, String(command.arity), command.access]);
    }
  }
  assert.deepEqual(tableOf('codes'), expected);
});

test('docs/protocol.md shows a hello that is one, and tells every field of it', () => {
  const json = /```json\n(\{"protocol"[\s\S]*?)```/.exec(document)?.[1] ?? '';
  const frame = parseFirstFrame(json);
  assert.equal(frame.kind, 'hello');
  assert.ok(frame.kind === 'hello');
  const fields = Object.keys(JSON.parse(encodeHello(frame.hello)) as object);
  assert.deepEqual(
    tableOf('hello').map(([field]) => field),
    fields,
  );
});

test('docs/protocol.md tells the limits and versions in force', () => {
  const sentences = [
    `**${VERSION}** the link protocol`,
    `**${FORMAT_VERSION}** the format of the log`,
    `**${SNAPSHOT_VERSION}** the format of a snapshot`,
    `about ${CHUNK_FIELDS_BYTES / 1024} KiB`,
    `| a chunk of a snapshot | ${CHUNK_BODY_BYTES_MAX / MIB} MiB |`,
    `at most ${FRAME_BYTES_MAX / MIB} MiB; an empty one is allowed`,
    `| a frame | ${FRAME_BYTES_MAX / MIB} MiB |`,
    `| queue to a peer, per connection | ${QUEUE_BYTES_MAX / MIB} MiB |`,
    `| connections without a hello | ${PENDING_CONNECTIONS_MAX} |`,
    `at most\n${HELLO_BYTES_MAX.toLocaleString('en')} bytes`,
    `a ping every ${LINK_TIMING.pingIntervalMs} ms`,
    `${LINK_TIMING.silenceMsMax / 1000} s is cut`,
    `without a link for ${LINK_TIMING.yieldMs} ms`,
    `sectors of ${SECTOR_BYTES} bytes`,
    `fewer than ${BATCH_RECORD_BYTES} bytes are left`,
    segmentName(1),
  ];
  assert.deepEqual(
    sentences.filter((sentence) => !document.includes(sentence)),
    [],
  );
});
