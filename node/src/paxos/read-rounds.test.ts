/** Which round may answer which read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ReadRounds } from './read-rounds.ts';
import { StepBuilder } from './step.ts';
import { B } from './testing/members.ts';

test('a round answers the reads that came before it began, and no other (T31)', () => {
  const rounds = new ReadRounds();
  rounds.add(1, undefined);
  rounds.begin(5, 10);
  rounds.add(2, undefined);
  const out = new StepBuilder();
  rounds.finish(out);
  assert.deepEqual(out.reads, [{ id: 1, index: 10 }]);
  assert.equal(rounds.wantsRound, true);
  rounds.begin(6, 12);
  rounds.finish(out);
  assert.deepEqual(out.reads, [
    { id: 1, index: 10 },
    { id: 2, index: 12 },
  ]);
});

test("a follower's read is answered with a message", () => {
  const rounds = new ReadRounds();
  rounds.add(7, B);
  rounds.begin(1, 3);
  const out = new StepBuilder();
  rounds.finish(out);
  assert.deepEqual(out.reads, []);
  assert.deepEqual(out.messages, [{ to: B, message: { kind: 'indexReply', id: 7, index: 3 } }]);
});

test('no round is wanted while one is under way, nor while no read waits', () => {
  const rounds = new ReadRounds();
  assert.equal(rounds.wantsRound, false);
  rounds.add(1, undefined);
  assert.equal(rounds.wantsRound, true);
  rounds.begin(1, 1);
  rounds.add(2, undefined);
  assert.equal(rounds.wantsRound, false);
  assert.equal(rounds.roundUnderWay, 1);
});

test('when the leadership ends, every read is sent back, under way or not', () => {
  const rounds = new ReadRounds();
  rounds.add(1, undefined);
  rounds.begin(1, 1);
  rounds.add(2, B);
  const out = new StepBuilder();
  rounds.abandon(out);
  rounds.abandon(out);
  assert.deepEqual(out.reads, [{ id: 1, index: 0 }]);
  assert.deepEqual(out.messages, [{ to: B, message: { kind: 'indexReply', id: 2, index: 0 } }]);
  assert.equal(rounds.roundUnderWay, undefined);
});

test('every read is answered once, with a mark that was chosen after it came', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('read', 'choose', 'begin', 'finish'), { maxLength: 60 }), (acts) => {
      const rounds = new ReadRounds();
      const chosenAtArrival: number[] = [];
      const out = new StepBuilder();
      let chosen = 1;
      for (const act of acts) {
        if (act === 'read') rounds.add(chosenAtArrival.push(chosen) - 1, undefined);
        if (act === 'choose') chosen += 1;
        if (act === 'begin' && rounds.wantsRound) rounds.begin(chosen, chosen);
        if (act === 'finish' && rounds.roundUnderWay !== undefined) rounds.finish(out);
      }
      rounds.abandon(out);
      assert.equal(new Set(out.reads.map(({ id }) => id)).size, chosenAtArrival.length);
      assert.equal(out.reads.length, chosenAtArrival.length);
      for (const { id, index } of out.reads) {
        assert.ok(index === 0 || index >= (chosenAtArrival[id] ?? Number.POSITIVE_INFINITY));
      }
    }),
  );
});
