/** The checker sees each kind of wrong history; a checker that can't fail proves nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch, SegmentWriter } from '../src/codec/batch.ts';
import { commandByName } from '../src/kv/commands.ts';
import { OK } from '../src/kv/reply.ts';
import { Failure, type Outcome } from '../src/replica/door.ts';
import { ChosenLog } from './chosen-log.ts';
import { Violation } from './violation.ts';
import { History, type Operation } from './history.ts';
import { ReplyChecker } from './reply-checker.ts';

const PROCESS = 7;

interface Call {
  readonly name: string;
  readonly args: readonly string[];
}

const setA = { name: 'SET', args: ['a', '1'] };
const getA = { name: 'GET', args: ['a'] };

function codeOf(name: string): number {
  return commandByName(name)?.code ?? assert.fail(name);
}

/** A log and what clients saw of it, made by hand. */
class Story {
  readonly history = new History();
  readonly chosen = new ChosenLog();
  #requests = 0;
  #batches = 0;

  write({ name, args }: Call, request = (this.#requests += 1)): Operation {
    const code = codeOf(name);
    return this.history.call({
      client: 1,
      path: 'log',
      code,
      args,
      process: PROCESS,
      request,
      calledAtMs: 0,
    });
  }

  read({ name, args }: Call, path: 'read' | 'stale' = 'read'): Operation {
    const code = codeOf(name);
    return this.history.call({
      client: 1,
      path,
      code,
      args,
      process: PROCESS,
      request: 0,
      calledAtMs: 0,
    });
  }

  /** Chooses the next slot: one request, or nothing but what the batch itself does. */
  choose(
    request: number,
    call: Call | undefined,
    header: { round?: number; number?: number; expireAtMs?: number } = {},
  ): void {
    const tag = { round: header.round ?? 1, replica: 1 };
    const writer = new SegmentWriter(PROCESS);
    if (call !== undefined) writer.add(codeOf(call.name), call.args);
    const segments = call === undefined ? [] : [writer.seal(request)];
    const stampMs = header.expireAtMs ?? 1;
    const expire = header.expireAtMs !== undefined;
    const number = header.number ?? (this.#batches += 1);
    const bytes = encodeBatch({ tag, number, stampMs, expire }, segments);
    this.chosen.note(0, { slot: this.chosen.last + 1, ballot: tag, value: { kind: 'commands', bytes } });
  }

  answer(operation: Operation, outcome: Outcome, slot = this.chosen.last): void {
    operation.outcome = outcome;
    operation.slotAtReturn = slot;
    if (!(outcome instanceof Failure)) this.history.acknowledge(slot);
  }

  check(): number {
    const checker = new ReplyChecker(this.chosen, this.history);
    checker.check();
    return checker.checked;
  }
}

function violates(story: Story, pattern: RegExp): void {
  assert.throws(
    () => story.check(),
    (error) => error instanceof Violation && pattern.test(error.message),
  );
}

test('a history that fits the log passes, and every answer in it was checked', () => {
  const story = new Story();
  const written = story.write(setA);
  story.choose(1, setA);
  story.answer(written, OK);
  const read = story.read(getA);
  story.answer(read, '1');
  const refused = story.write(setA);
  story.answer(refused, new Failure('notDone', 'no leader'));
  const again = story.write({ name: 'SET', args: ['a', '2'] }, 2);
  story.choose(2, { name: 'SET', args: ['a', '2'] });
  story.answer(again, new Failure('unknown', 'no quorum'));
  story.write({ name: 'SET', args: ['a', '3'] }, 3);
  assert.equal(story.check(), 2);
});

test('Replies: a write or a read that was answered otherwise than the naive store would', () => {
  const wrongWrite = new Story();
  const increased = wrongWrite.write({ name: 'INCRBY', args: ['n', '2'] });
  wrongWrite.choose(1, { name: 'INCRBY', args: ['n', '2'] });
  wrongWrite.answer(increased, 3);
  violates(wrongWrite, /^Replies: .* answered 3, the naive store 2/);

  const wrongRead = new Story();
  wrongRead.choose(1, undefined);
  wrongRead.answer(wrongRead.read(getA), 'x');
  violates(wrongRead, /^Replies: .* answered "x", the naive store null/);
});

test('Replies: a key that the log has let expire and that a reader still sees', () => {
  const story = new Story();
  const call = { name: 'SET', args: ['a', '1', 'PX', '10'] };
  const written = story.write(call);
  story.choose(1, call);
  story.answer(written, OK);
  story.choose(0, undefined, { expireAtMs: 500 });
  story.answer(story.read(getA), '1');
  violates(story, /^Replies/);
});

test('AcknowledgedIsKept: an answer whose request is nowhere in the log, or only in a void batch', () => {
  const lost = new Story();
  lost.choose(0, undefined);
  lost.answer(lost.write(setA), OK);
  violates(lost, /^AcknowledgedIsKept/);

  const inVoid = new Story();
  const written = inVoid.write(setA);
  inVoid.choose(0, undefined, { round: 2, number: 1 });
  inVoid.choose(1, setA, { round: 1, number: 1 });
  inVoid.answer(written, OK);
  violates(inVoid, /^AcknowledgedIsKept/);

  const gap = new Story();
  const behindGap = gap.write(setA);
  gap.choose(0, undefined, { number: 1 });
  gap.choose(1, setA, { number: 3 });
  gap.answer(behindGap, OK);
  violates(gap, /^AcknowledgedIsKept/);
});

test('ExactlyOnce: a request that stands in the log twice', () => {
  const story = new Story();
  const written = story.write(setA);
  story.choose(1, setA);
  story.answer(written, OK);
  story.choose(1, setA);
  violates(story, /^ExactlyOnce/);
});

test('NotDoneMeansNotDone: a request that was refused and is in the log', () => {
  const story = new Story();
  story.answer(story.write(setA), new Failure('notDone', 'no leader'));
  story.choose(1, setA);
  violates(story, /^NotDoneMeansNotDone/);

  // Its number was given again: what it asked for tells them apart.
  const renumbered = new Story();
  renumbered.answer(renumbered.write(setA, 1), new Failure('notDone', 'no leader'));
  renumbered.write({ name: 'SET', args: ['a', '2'] }, 1);
  renumbered.choose(1, setA);
  violates(renumbered, /^NotDoneMeansNotDone/);
});

test('NothingInvented: a request that nobody sent, or not so', () => {
  const story = new Story();
  story.choose(1, setA);
  violates(story, /^NothingInvented/);

  const changed = new Story();
  changed.write(setA);
  changed.choose(1, { name: 'SET', args: ['a', '9'] });
  violates(changed, /^NothingInvented/);
});

test('RealTime: a write that got a slot before one that was answered before it was sent', () => {
  const story = new Story();
  const first = story.write(setA);
  story.choose(2, { name: 'SET', args: ['b', '1'] });
  story.choose(1, setA);
  story.answer(first, OK);
  const second = story.write({ name: 'SET', args: ['b', '1'] });
  story.answer(second, OK, 1);
  violates(story, /^RealTime/);
});

test('ReadAfterRound: a read of a state before a write that was answered before the read was sent', () => {
  const story = new Story();
  story.choose(0, undefined);
  const written = story.write(setA);
  story.choose(1, setA);
  story.answer(written, OK);
  story.answer(story.read(getA), null, 1);
  violates(story, /^ReadAfterRound/);
});

test('a stale read may see a past state, but the whole of one', () => {
  const story = new Story();
  const first = story.write(setA);
  story.choose(1, setA);
  story.answer(first, OK);
  const second = story.write({ name: 'SET', args: ['a', '2'] });
  story.choose(2, { name: 'SET', args: ['a', '2'] });
  story.answer(second, OK);
  const stale = story.read(getA, 'stale');
  story.answer(stale, '1', 1);
  assert.equal(story.check(), 3);
  const read = story.read(getA);
  story.answer(read, '1', 1);
  violates(story, /^ReadAfterRound: /);
  read.outcome = undefined;
  stale.outcome = '2';
  violates(story, /^Replies: .* at slot 1 answered "2"/);
});
