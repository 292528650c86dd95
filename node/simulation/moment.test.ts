import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage } from '../src/codec/message.ts';
import { BALLOT_NONE } from '../src/paxos/ballot.ts';
import { drawMoment, sentKind, Trigger } from './moment.ts';
import { Random } from './random.ts';

test('sentKind() knows the kinds that speak for what is on disk, as the codec writes them', () => {
  const ballot = { round: 1, replica: 1 };
  const kinds = [
    { kind: 'prepare', ballot, first: 1, handedOver: BALLOT_NONE },
    { kind: 'promise', ballot, chosen: 0, part: 0, parts: 1, entries: [] },
    { kind: 'accept', ballot, from: 1, chosen: 0, entries: [] },
    { kind: 'accepted', ballot, mark: 1, gap: false, clockMs: 0 },
    { kind: 'heartbeat', ballot, from: 1, chosen: 0, round: 1, leaseMs: 0 },
    { kind: 'heartbeatReply', ballot, round: 1, mark: 0, clockMs: 0, leaseGranted: false },
  ] as const;
  for (const message of kinds) assert.equal(sentKind(encodeMessage(message)), message.kind);
  assert.equal(sentKind(encodeMessage({ kind: 'fetch', from: 1 })), undefined);
});

test('a trigger lets so many pass, and calls once', () => {
  let calls = 0;
  const trigger = new Trigger({ kind: 'accepted', after: 2 }, () => {
    calls += 1;
  });
  assert.deepEqual(
    (['accepted', 'accept', 'accepted', 'accepted', 'accepted'] as const).map((kind) => trigger.note(kind)),
    [false, false, false, true, false],
  );
  assert.equal(calls, 1);
});

test('every kind of moment is drawn', () => {
  const random = new Random(1);
  const kinds = new Set(Array.from({ length: 200 }, () => drawMoment(random).kind));
  assert.equal(kinds.size, 8);
});
