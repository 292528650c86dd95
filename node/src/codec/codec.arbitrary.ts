/** Generators of what travels and of what is written: entries, records, messages. */
import * as fc from 'fast-check';
import type { Ballot } from '../paxos/ballot.ts';
import type { Configuration } from '../paxos/configuration.ts';
import { type Entry, NOOP, type Value } from '../paxos/entry.ts';
import { SegmentWriter } from './batch.ts';
import type { PeerMessage } from './message.ts';
import type { LogRecord } from './record.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

const UINT48_MAX = 2 ** 48 - 1;

/** Small numbers and those at the borders of 32 and 48 bits. */
export const uint48 = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.maxSafeNat().map((value) => value % (UINT48_MAX + 1)),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, UINT48_MAX),
);

export const uint32 = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
);

/** An object like those that the code makes: with the usual prototype. */
export function record<Shape>(model: {
  [Key in keyof Shape]: fc.Arbitrary<Shape[Key]>;
}): fc.Arbitrary<Shape> {
  return fc.record<Shape>(model, { noNullPrototype: true });
}

export const someBallot: fc.Arbitrary<Ballot> = record({ round: uint48, replica: uint48 });

const port = fc.integer({ min: 1, max: 65_535 });

export const someConfiguration: fc.Arbitrary<Configuration> = record({
  version: fc.integer({ min: 1, max: 5_000 }),
  alpha: fc.integer({ min: 1, max: 65_536 }),
  members: fc.uniqueArray(
    record({
      id: fc.integer({ min: 1, max: UINT48_MAX }),
      voter: fc.boolean(),
      addresses: record({
        host: fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
        peerPort: port,
        redisPort: port,
        clusterPort: port,
        httpPort: port,
        adminPort: port,
      }),
    }),
    { minLength: 1, maxLength: 5, selector: (member) => member.id },
  ),
  removed: fc.array(fc.integer({ min: 1, max: UINT48_MAX }), { maxLength: 3 }),
}).map((configuration) => {
  const ids = new Set(configuration.members.map((member) => member.id));
  return { ...configuration, removed: configuration.removed.filter((id) => !ids.has(id)) };
});

export const someValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(NOOP),
  fc.uint8Array({ maxLength: 40 }).map((bytes): Value => ({ kind: 'commands', bytes })),
  someConfiguration.map((configuration): Value => ({ kind: 'configuration', configuration })),
);

export const someEntry: fc.Arbitrary<Entry> = record({ slot: uint48, ballot: someBallot, value: someValue })
  // An entry keeps its encoded record on it: each run gets an object of its own.
  .map((entry) => ({ ...entry }));

const someEntries = fc.array(someEntry, { maxLength: 4 });

/** A slot with room for entries above it. */
const someSlot = fc.nat(2 ** 31 - 1);

/** The entries in slots from `first` on, as every message holds them. */
function inSlotsFrom(first: number, entries: readonly Entry[]): Entry[] {
  return entries.map((entry, index) => ({ ...entry, slot: first + index }));
}

const someSegment = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 255 }), fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 })))
  .map((commands) => {
    const writer = new SegmentWriter(77);
    for (const [code, args] of commands) {
      writer.add(
        code,
        args.map((arg) => Buffer.from(arg).toString('latin1')),
      );
    }
    return writer.seal(1);
  });

export const someRecord: fc.Arbitrary<Exclude<LogRecord, { kind: 'entry' }>> = fc.oneof(
  record({
    kind: fc.constant('header' as const),
    formatVersion: fc.integer({ min: 0, max: 65_535 }),
    replica: uint48,
    segment: uint48,
  }),
  record({
    kind: fc.constant('joined' as const),
    cluster: fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((bytes) => Buffer.from(bytes).toString('hex')),
  }),
  record({ kind: fc.constant('promise' as const), ballot: someBallot }),
  record({ kind: fc.constant('chosen' as const), slot: uint48 }),
  record({ kind: fc.constant('trimmed' as const), segment: uint48, slot: uint48 }),
  record({ kind: fc.constant('skipped' as const), slot: uint48 }),
  record({ kind: fc.constant('start' as const), number: uint48 }),
  record({
    kind: fc.constant('batch' as const),
    batch: record({
      sequence: uint48,
      segment: uint48,
      offset: uint48,
      bytes: uint48,
      zeroSectors: uint32,
    }),
  }),
);

/** A snapshot's header but what the store gives. */
export type SnapshotDraft = Omit<SnapshotHeader, 'store'>;

export const someSnapshotDraft: fc.Arbitrary<SnapshotDraft> = record({
  cluster: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  applier: record({ applied: uint48, epoch: someBallot, batchNumber: uint48, stampMs: uint48 }),
  rulings: fc.array(record({ from: uint48, configuration: someConfiguration }), { maxLength: 3 }),
});

function kind<Kind extends PeerMessage['kind']>(name: Kind): fc.Arbitrary<Kind> {
  return fc.constant(name);
}

export const someMessage: fc.Arbitrary<PeerMessage> = fc.oneof(
  record({ kind: kind('canvass'), ballot: someBallot }),
  record({ kind: kind('campaignNow'), ballot: someBallot }),
  record({ kind: kind('full') }),
  record({
    kind: kind('canvassReply'),
    ballot: someBallot,
    granted: fc.boolean(),
    promised: someBallot,
  }),
  record({ kind: kind('prepare'), ballot: someBallot, first: uint48, handedOver: someBallot }),
  record({
    kind: kind('promise'),
    ballot: someBallot,
    chosen: someSlot,
    part: fc.nat(9),
    parts: fc.integer({ min: 10, max: 20 }),
    entries: someEntries,
  }).map((message) => ({ ...message, entries: inSlotsFrom(message.chosen + 1, message.entries) })),
  record({ kind: kind('snapshotOffer'), slot: uint48, bytes: uint48 }),
  record({ kind: kind('snapshotFetch'), slot: uint48, offset: uint48, length: uint32 }),
  record({
    kind: kind('snapshotChunk'),
    slot: uint48,
    offset: uint48,
    bytes: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  }),
  record({ kind: kind('refuse'), refused: someBallot, promised: someBallot }),
  record({
    kind: kind('accept'),
    ballot: someBallot,
    from: someSlot,
    chosen: uint48,
    entries: someEntries,
  }).map((message) => ({
    ...message,
    entries: inSlotsFrom(message.from, message.entries).map((entry) => ({
      ...entry,
      ballot: message.ballot,
    })),
  })),
  record({
    kind: kind('accepted'),
    ballot: someBallot,
    mark: uint48,
    gap: fc.boolean(),
    clockMs: uint48,
  }),
  record({
    kind: kind('heartbeat'),
    ballot: someBallot,
    from: uint48,
    chosen: uint48,
    round: uint48,
    leaseMs: uint32,
  }),
  record({
    kind: kind('heartbeatReply'),
    ballot: someBallot,
    round: uint48,
    mark: uint48,
    clockMs: uint48,
    leaseGranted: fc.boolean(),
  }),
  record({ kind: kind('indexRequest'), id: uint48 }),
  record({ kind: kind('indexReply'), id: uint48, index: uint48 }),
  record({ kind: kind('fetch'), from: uint48 }),
  record({
    kind: kind('chosen'),
    entries: fc.tuple(someSlot, someEntries).map(([first, entries]) => inSlotsFrom(first, entries)),
  }),
  record({ kind: kind('forward'), ballot: someBallot, firstOfBallot: uint48, segment: someSegment }),
);
