/** What the log does to the state, and whom it answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeBatch, SegmentWriter } from '../codec/batch.ts';
import { Corruption } from '../errors.ts';
import { ErrorReply } from '../kv/reply.ts';
import { type Ballot, compareBallots } from '../paxos/ballot.ts';
import { type Entry, NOOP } from '../paxos/entry.ts';
import { Applier } from './applier.ts';
import { Requests } from './requests.ts';
import { Outcomes } from './testing/outcomes.ts';

const GET = 1;
const SET = 2;
const PSETEX = 5;
const INCR = 20;
const OURS = 77;
const THEIRS = 88;
const FIRST: Ballot = { round: 1, replica: 1 };
const SECOND: Ballot = { round: 2, replica: 2 };

type Command = readonly [code: number, ...args: string[]];

function segment(process: number, first: number, commands: readonly Command[]): Uint8Array {
  const writer = new SegmentWriter(process);
  for (const [code, ...args] of commands) writer.add(code, args);
  return writer.seal(first);
}

interface BatchGiven {
  readonly tag?: Ballot;
  readonly stampMs?: number;
  /** The slot by default: the first leadership opens in slot 1. */
  readonly number?: number;
  readonly expire?: boolean;
  readonly segments?: readonly Uint8Array[];
}

/** The slot's accepted ballot differs from the tag on purpose: a re-proposed batch keeps its tag. */
function batch(slot: number, given: BatchGiven): Entry {
  const { tag = FIRST, stampMs = 0, number = slot, expire = false, segments = [] } = given;
  const bytes = encodeBatch({ tag, stampMs, number, expire }, segments);
  return { slot, ballot: { round: 9, replica: 9 }, value: { kind: 'commands', bytes } };
}

function get(applier: Applier, key: string): unknown {
  return applier.store.execute(GET, [key], { nowMs: 0, random: 0 });
}

/** An applier of the process OURS, its requests, and a door. */
function replica(): { applier: Applier; requests: Requests; sink: Outcomes } {
  const requests = new Requests(OURS);
  return {
    applier: new Applier(OURS, (first) => requests.take(first)),
    requests,
    sink: new Outcomes(),
  };
}

test('commands are executed in order, and the door that sent them is answered', () => {
  const { applier, requests, sink } = replica();
  requests.add(SET, ['a', '1'], sink, 1, 0);
  requests.add(GET, ['a'], sink, 2, 0);
  requests.add(SET, ['a'], sink, 3, 0);
  const [pending] = requests.submit(FIRST, Number.POSITIVE_INFINITY, 0);
  assert.ok(pending);
  const result = applier.apply(batch(1, { segments: [pending.bytes] }));
  assert.deepEqual(result, { commands: 3, opened: true });
  const wrong = new ErrorReply("ERR wrong number of arguments for 'set' command");
  assert.deepEqual(sink.take(), [
    [1, '{"text":"OK"}'],
    [2, '"1"'],
    [3, JSON.stringify(wrong)],
  ]);
});

test('a segment is answered once, though it may stand in the log twice', () => {
  const { applier, requests, sink } = replica();
  requests.add(SET, ['a', '1'], sink, 1, 0);
  const [pending] = requests.submit(FIRST, Number.POSITIVE_INFINITY, 0);
  assert.ok(pending);
  applier.apply(batch(1, { segments: [pending.bytes] }));
  applier.apply(batch(2, { segments: [pending.bytes] }));
  assert.equal(sink.take().length, 1);
});

test('a batch with a lower tag than one applied before is void (BatchesInOrder)', () => {
  const { applier } = replica();
  applier.apply(batch(1, { tag: FIRST, segments: [segment(THEIRS, 1, [[SET, 'a', 'first']])] }));
  applier.apply(batch(2, { tag: SECOND, number: 1 }));
  const digest = applier.store.digest;
  const late = { tag: FIRST, stampMs: 500, segments: [segment(THEIRS, 2, [[SET, 'a', 'late']])] };
  assert.deepEqual(applier.apply(batch(3, late)), { commands: 0, opened: false });
  assert.equal(get(applier, 'a'), 'first');
  assert.equal(applier.applied, 3);
  assert.equal(applier.stampMs, 0);
  assert.deepEqual(applier.epoch, SECOND);
  assert.equal(applier.store.digest, digest);
});

test('a batch whose predecessor was lost is void, and so is a leadership without its first batch (BatchesInOrder)', () => {
  const { applier } = replica();
  applier.apply(batch(1, { tag: FIRST, number: 1 }));
  // A newer leader, which had seen neither slot 2 nor 3 of this leadership, put an older value into slot 2.
  const behind = { tag: FIRST, number: 3, segments: [segment(THEIRS, 1, [[SET, 'a', 'second']])] };
  assert.deepEqual(applier.apply(batch(2, behind)), { commands: 0, opened: false });
  const unopened = { tag: SECOND, number: 2, segments: [segment(THEIRS, 1, [[SET, 'a', 'early']])] };
  assert.deepEqual(applier.apply(batch(3, unopened)), { commands: 0, opened: false });
  assert.deepEqual(applier.epoch, FIRST);
  assert.equal(get(applier, 'a'), null);
  assert.equal(applier.apply(batch(4, { tag: SECOND, number: 1 })).opened, true);
});

test('a void batch answers nobody: its requests may be submitted again', () => {
  const { applier, requests, sink } = replica();
  requests.add(SET, ['a', '1'], sink, 1, 0);
  const [pending] = requests.submit(FIRST, Number.POSITIVE_INFINITY, 0);
  assert.ok(pending);
  assert.equal(applier.apply(batch(1, { tag: SECOND, number: 1 })).opened, true);
  requests.resubmit();
  applier.apply(batch(2, { tag: FIRST, segments: [pending.bytes] }));
  assert.deepEqual(sink.take(), []);
  const [again] = requests.submit(SECOND, Number.POSITIVE_INFINITY, 0);
  assert.ok(again);
  applier.apply(batch(3, { tag: SECOND, number: 2, segments: [again.bytes] }));
  assert.deepEqual(sink.take(), [[1, '{"text":"OK"}']]);
});

test('only the first batch of a leadership opens it', () => {
  const { applier } = replica();
  const batches = [
    { tag: FIRST, number: 1 },
    { tag: FIRST, number: 2 },
    { tag: SECOND, number: 1 },
    { tag: FIRST, number: 3 },
    { tag: SECOND, number: 2 },
  ];
  const opened = batches.map((given, index) => applier.apply(batch(index + 1, given)).opened);
  assert.deepEqual(opened, [true, false, true, false, false]);
});

test('reads in the log are run by the replica whose door waits for them, and change no digest', () => {
  const ours = replica();
  const theirs = replica();
  ours.requests.add(GET, ['a'], ours.sink, 1, 0);
  const [pending] = ours.requests.submit(FIRST, Number.POSITIVE_INFINITY, 0);
  assert.ok(pending);
  const entry = batch(1, { segments: [segment(THEIRS, 1, [[SET, 'a', 'x']]), pending.bytes] });
  assert.equal(ours.applier.apply(entry).commands, 2);
  const other = new Applier(THEIRS + 1, () => assert.fail('no request of this process'));
  assert.equal(other.apply(entry).commands, 2);
  assert.deepEqual(ours.sink.take(), [[1, '"x"']]);
  assert.deepEqual(theirs.sink.take(), []);
  assert.equal(other.store.digest, ours.applier.store.digest);
});

test('keys expire by the stamp of the batch that says so, never by another clock (T36, T40)', () => {
  const { applier } = replica();
  applier.apply(batch(1, { stampMs: 1_000, segments: [segment(THEIRS, 1, [[PSETEX, 'a', '500', 'x']])] }));
  applier.apply(batch(2, { stampMs: 9_000 }));
  assert.equal(get(applier, 'a'), 'x');
  applier.apply(batch(3, { stampMs: 1_499, expire: true }));
  assert.equal(get(applier, 'a'), null, 'the stamp is never lower than the one before');
});

test('a deadline that the stamp has not reached is left alone', () => {
  const { applier } = replica();
  applier.apply(batch(1, { stampMs: 1_000, segments: [segment(THEIRS, 1, [[PSETEX, 'a', '500', 'x']])] }));
  applier.apply(batch(2, { stampMs: 1_499, expire: true }));
  assert.equal(get(applier, 'a'), 'x');
  applier.apply(batch(3, { stampMs: 1_500, expire: true }));
  assert.equal(get(applier, 'a'), null);
});

test('keys expire before the commands of the same batch are executed', () => {
  const { applier } = replica();
  applier.apply(batch(1, { stampMs: 1_000, segments: [segment(THEIRS, 1, [[PSETEX, 'n', '10', '5']])] }));
  const next = { stampMs: 2_000, expire: true, segments: [segment(THEIRS, 2, [[INCR, 'n']])] };
  applier.apply(batch(2, next));
  assert.equal(get(applier, 'n'), '1');
});

test('no-ops and configurations take a slot and change nothing', () => {
  const { applier } = replica();
  const digest = applier.store.digest;
  assert.deepEqual(applier.apply({ slot: 1, ballot: FIRST, value: NOOP }), { commands: 0, opened: false });
  assert.equal(applier.applied, 1);
  assert.equal(applier.store.digest, digest);
});

test('slots are applied one after the other', () => {
  const { applier } = replica();
  assert.throws(() => applier.apply(batch(2, {})), /ApplyInOrder/);
  applier.apply(batch(1, {}));
  assert.throws(() => applier.apply(batch(1, {})), /ApplyInOrder/);
});

test('an applier that takes over a state goes on as the one that had it, and answers nobody for what it skips', () => {
  const { applier } = replica();
  applier.apply(batch(1, { tag: FIRST, stampMs: 500, segments: [segment(THEIRS, 1, [[SET, 'a', '1']])] }));
  applier.apply(batch(2, { tag: SECOND, number: 1, stampMs: 400 }));
  assert.deepEqual(applier.state, { applied: 2, epoch: SECOND, batchNumber: 1, stampMs: 500 });
  const follower = replica();
  follower.applier.apply(batch(1, { tag: FIRST }));
  follower.applier.takeOver(applier.state, applier.store);
  assert.deepEqual(follower.applier.state, applier.state);
  assert.equal(get(follower.applier, 'a'), '1');
  assert.equal(follower.applier.apply(batch(3, { tag: FIRST, number: 2 })).opened, false);
  assert.deepEqual(follower.applier.epoch, SECOND);
  const next = { tag: SECOND, number: 2, segments: [segment(THEIRS, 2, [[INCR, 'a']])] };
  assert.deepEqual(follower.applier.apply(batch(4, next)), { commands: 1, opened: false });
  assert.equal(follower.applier.stampMs, 500);
  assert.deepEqual(follower.sink.take(), []);
});

test('a state is taken over only to go forward', () => {
  const { applier } = replica();
  applier.apply(batch(1, {}));
  const behind = replica().applier;
  assert.throws(() => applier.takeOver(applier.state, applier.store), /ApplyInOrder/);
  assert.throws(() => applier.takeOver(behind.state, behind.store), /ApplyInOrder/);
});

test('bytes that are no batch are refused', () => {
  const { applier } = replica();
  const value = { kind: 'commands', bytes: Buffer.from('noise') } as const;
  assert.throws(() => applier.apply({ slot: 1, ballot: FIRST, value }), Corruption);
});

test('replicas that apply the same log have the same state, whoever waits for answers', () => {
  const someCommand: fc.Arbitrary<Command> = fc.oneof(
    fc.tuple(
      fc.constant(SET),
      fc.constantFrom('a', 'b'),
      fc.string({ maxLength: 3, unit: 'grapheme-ascii' }),
    ),
    fc.tuple(fc.constant(GET), fc.constantFrom('a', 'b')),
    fc.tuple(fc.constant(INCR), fc.constantFrom('a', 'c')),
    fc.tuple(fc.constant(PSETEX), fc.constantFrom('a', 'b'), fc.constant('100'), fc.constant('7')),
  );
  const someBatch = fc.record({
    round: fc.integer({ min: 1, max: 3 }),
    stampMs: fc.integer({ min: 0, max: 1_000 }),
    expire: fc.boolean(),
    commands: fc.array(someCommand, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(someBatch, { maxLength: 12 }), (batches) => {
      const { applier, requests, sink } = replica();
      const other = new Applier(1, () => undefined);
      const numbers = new Map<number, number>();
      for (const [index, { round, stampMs, expire, commands }] of batches.entries()) {
        const tag = { round, replica: 1 };
        const number = (numbers.get(round) ?? 0) + 1;
        numbers.set(round, number);
        // A door submits to a leadership that has opened; whatever else is in the log came from others.
        const isOurs = compareBallots(tag, applier.epoch) === 0;
        if (isOurs) for (const [code, ...args] of commands) requests.add(code, args, sink, index, 0);
        const segments = isOurs
          ? requests.submit(tag, Number.POSITIVE_INFINITY, 0).map((pending) => pending.bytes)
          : [segment(THEIRS, index, commands)];
        const entry = batch(index + 1, { tag, stampMs, number, expire, segments });
        if (applier.apply(entry).opened) requests.resubmit();
        other.apply(entry);
        assert.equal(other.store.digest, applier.store.digest);
        assert.equal(other.store.revision, applier.store.revision);
        assert.equal(other.stampMs, applier.stampMs);
      }
    }),
    { numRuns: 200 },
  );
});
