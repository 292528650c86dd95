/** Promises, following and reads at the edge of the core: one event in, one step out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BALLOT_NONE } from './ballot.ts';
import { CoreUnderTest, heartbeat, ofKind, restored, toOthers } from './testing/core-under-test.ts';
import { A, B, ballot, C, commands, configuration, entry, textOf } from './testing/members.ts';
import { TIMING } from './timing.ts';

// --- Promises ---------------------------------------------------------------------------------

test('a promise is spoken only after it is durable (T1)', () => {
  const replica = new CoreUnderTest(B, restored());
  const step = replica.hear(A, { kind: 'prepare', ballot: ballot(1, A), first: 2, handedOver: BALLOT_NONE });
  assert.deepEqual(step.messages, []);
  assert.deepEqual(step.facts, [{ kind: 'promise', ballot: ballot(1, A) }]);
  assert.deepEqual(
    toOthers(replica, step.afterwards).map(({ to, message }) => [to, message.kind]),
    [[A, 'promise']],
  );
});

test('the answer to a heartbeat waits as long as the promise is not durable (T1)', () => {
  const replica = new CoreUnderTest(B, restored());
  const first = replica.hear(A, heartbeat(1, A));
  assert.deepEqual(first.messages, []);
  assert.equal(ofKind(first.afterwards, 'heartbeatReply').length, 1);
  const second = replica.hear(A, heartbeat(1, A));
  assert.deepEqual(second.messages, []);
  replica.persist();
  const third = replica.hear(A, heartbeat(1, A));
  assert.equal(ofKind(third.messages, 'heartbeatReply').length, 1);
});

test('the answer to a heartbeat, which waits for no disk, tells of no vote that is not on it (T1)', () => {
  const replica = new CoreUnderTest(B, restored({ promised: ballot(1, A) }));
  const entries = [entry(2, ballot(1, A))];
  replica.hear(A, { kind: 'accept', ballot: ballot(1, A), from: 2, chosen: 1, entries });
  const markTold = () => ofKind(replica.hear(A, heartbeat(1, A)).messages, 'heartbeatReply')[0]?.message.mark;
  assert.equal(markTold(), 1);
  replica.persist();
  assert.equal(markTold(), 2);
});

test("a candidate's own ballot is durable before its first prepare leaves (T11)", () => {
  const replica = new CoreUnderTest(A, restored());
  const canvass = ofKind(replica.tick(100).messages, 'canvass')[0]?.message;
  assert.ok(canvass);
  const granted = { kind: 'canvassReply', ballot: canvass.ballot, granted: true } as const;
  const step = replica.hear(B, { ...granted, promised: ballot(0, 0) });
  assert.deepEqual(step.messages, []);
  assert.deepEqual(step.facts, [{ kind: 'promise', ballot: canvass.ballot }]);
  assert.equal(ofKind(step.afterwards, 'prepare').length, 2);
});

test('a canvass promises nothing and needs no disk', () => {
  const replica = new CoreUnderTest(B, restored());
  const step = replica.hear(A, { kind: 'canvass', ballot: ballot(1, A) });
  assert.deepEqual(step.facts, []);
  assert.deepEqual(step.afterwards, []);
  assert.equal(ofKind(step.messages, 'canvassReply')[0]?.message.granted, true);
  assert.deepEqual(replica.core.acceptor.promised, ballot(0, 0));
});

test('a lower ballot is refused with the one that is promised, and only once that is durable', () => {
  const replica = new CoreUnderTest(B, restored({ promised: ballot(5, C) }));
  for (const message of [
    { kind: 'prepare', ballot: ballot(4, A), first: 2, handedOver: BALLOT_NONE },
    { kind: 'accept', ballot: ballot(4, A), from: 2, chosen: 1, entries: [entry(2, ballot(4, A))] },
    heartbeat(4, A),
  ] as const) {
    const step = replica.hear(A, message);
    assert.deepEqual(step.facts, []);
    assert.deepEqual(step.messages, []);
    assert.deepEqual(step.afterwards, [
      { to: A, message: { kind: 'refuse', refused: ballot(4, A), promised: ballot(5, C) } },
    ]);
  }
});

test('an accept of a ballot above the promised one raises the promise, on disk before the entry (T12)', () => {
  const replica = new CoreUnderTest(C, restored({ promised: ballot(1, A) }));
  const accepted = entry(2, ballot(2, B));
  const step = replica.hear(B, {
    kind: 'accept',
    ballot: ballot(2, B),
    from: 2,
    chosen: 1,
    entries: [accepted],
  });
  assert.deepEqual(step.facts, [
    { kind: 'promise', ballot: ballot(2, B) },
    { kind: 'entry', entry: accepted },
  ]);
  assert.deepEqual(step.messages, []);
  assert.deepEqual(
    ofKind(toOthers(replica, step.afterwards), 'accepted').map(({ to, message }) => [to, message.mark]),
    [[B, 2]],
  );
});

test('what catch-up brings does not lower the promise (T10)', () => {
  const replica = new CoreUnderTest(C, restored({ promised: ballot(9, A) }));
  replica.hear(B, { kind: 'chosen', entries: [entry(2, ballot(3, B)), entry(3, ballot(3, B))] });
  assert.equal(replica.core.chosen, 3);
  assert.deepEqual(replica.core.acceptor.promised, ballot(9, A));
  assert.equal(ofKind(replica.hear(B, heartbeat(3, B)).afterwards, 'refuse').length, 1);
});

test('an entry on disk above the promise, left by a catch-up whose hint was lost, counts as promised', () => {
  const replica = new CoreUnderTest(
    C,
    restored({ promised: ballot(1, A), entries: [entry(2, ballot(2, B))] }),
  );
  const entries = [entry(2, ballot(1, A), 'of a leader that was replaced')];
  const step = replica.hear(A, { kind: 'accept', ballot: ballot(1, A), from: 2, chosen: 1, entries });
  assert.deepEqual(step.facts, []);
  assert.deepEqual(ofKind(step.afterwards, 'refuse')[0]?.message.promised, ballot(2, B));
});

// --- Following ----------------------------------------------------------------------------------

test('a chosen mark says nothing about what was accepted in another ballot (T15, T16)', () => {
  const old = ballot(1, A);
  const replica = new CoreUnderTest(C, restored({ promised: old, entries: [entry(2, old), entry(3, old)] }));
  assert.equal(replica.core.acceptor.mark, 3);
  replica.hear(B, heartbeat(2, B, 3));
  assert.equal(replica.core.chosen, 1);
  const next = ballot(2, B);
  const entries = [entry(2, next, 'another')];
  replica.hear(B, { kind: 'accept', ballot: next, from: 2, chosen: 3, entries });
  assert.equal(replica.core.chosen, 2);
  assert.equal(textOf(replica.core.acceptor.window.get(2)?.value ?? commands('')), 'another');
});

test('what comes out of order is not accepted, and the leader is told of the gap', () => {
  const replica = new CoreUnderTest(C, restored());
  const own = ballot(1, A);
  const step = replica.hear(A, {
    kind: 'accept',
    ballot: own,
    from: 2,
    chosen: 1,
    entries: [entry(3, own)],
  });
  assert.deepEqual(
    ofKind(toOthers(replica, step.afterwards), 'accepted').map(({ message }) => [message.mark, message.gap]),
    [[1, true]],
  );
});

test('a follower below the stream fetches, and asks for the next chunk when the last one is on disk', () => {
  const replica = new CoreUnderTest(C, restored());
  const step = replica.hear(A, heartbeat(1, A, 9, 8));
  assert.deepEqual(ofKind(step.messages, 'fetch'), [{ to: A, message: { kind: 'fetch', from: 2 } }]);
  // A heartbeat in between asks for nothing twice.
  assert.deepEqual(ofKind(replica.hear(A, heartbeat(1, A, 9, 8)).messages, 'fetch'), []);
  const old = ballot(0, A);
  const chunk = replica.hear(A, { kind: 'chosen', entries: [entry(2, old), entry(3, old), entry(4, old)] });
  assert.equal(replica.core.chosen, 4);
  assert.deepEqual(ofKind(chunk.messages, 'fetch'), []);
  assert.deepEqual(ofKind(chunk.afterwards, 'fetch'), [{ to: A, message: { kind: 'fetch', from: 5 } }]);
});

test('a fetch that is not answered is repeated', () => {
  const replica = new CoreUnderTest(C, restored());
  replica.hear(A, heartbeat(1, A, 9, 8));
  assert.deepEqual(ofKind(replica.tick(TIMING.repeatMs - 50).messages, 'fetch'), []);
  assert.equal(ofKind(replica.tick(100).messages, 'fetch').length, 1);
});

test('a stranger asks whom it is linked to, and joins with the first configuration', () => {
  const replica = new CoreUnderTest(C, restored({ rulings: [], chosen: 0 }));
  replica.linkUp(A);
  assert.deepEqual(ofKind(replica.tick(500).messages, 'fetch')[0], {
    to: A,
    message: { kind: 'fetch', from: 1 },
  });
  assert.equal(replica.core.role, 'stranger');
  const value = { kind: 'configuration', configuration: configuration([A, B, C]) } as const;
  replica.hear(A, { kind: 'chosen', entries: [{ slot: 1, ballot: ballot(0, A), value }] });
  assert.equal(replica.core.role, 'follower');
});

// --- Reads --------------------------------------------------------------------------------------

test('a follower asks its leader for an index, and answers only to an id that it has asked with (T31)', () => {
  const replica = new CoreUnderTest(B, restored());
  replica.hear(A, heartbeat(1, A));
  assert.deepEqual(replica.read(7).messages, [{ to: A, message: { kind: 'indexRequest', id: 7 } }]);
  assert.deepEqual(replica.hear(A, { kind: 'indexReply', id: 8, index: 9 }).reads, []);
  assert.deepEqual(replica.hear(A, { kind: 'indexReply', id: 7, index: 9 }).reads, [{ id: 7, index: 9 }]);
  assert.deepEqual(replica.hear(A, { kind: 'indexReply', id: 7, index: 9 }).reads, []);
});

test('a follower without a leader, with a new one, or without an answer asks the driver to ask again', () => {
  const replica = new CoreUnderTest(B, restored());
  assert.deepEqual(replica.read(1).reads, [{ id: 1, index: 0 }]);
  replica.hear(A, heartbeat(1, A));
  replica.read(2);
  assert.deepEqual(replica.hear(C, heartbeat(2, C)).reads, [{ id: 2, index: 0 }]);
  replica.read(3);
  assert.deepEqual(replica.tick(3 * TIMING.repeatMs).reads, [{ id: 3, index: 0 }]);
});

test('a replica that does not lead gives no index', () => {
  const replica = new CoreUnderTest(B, restored());
  assert.deepEqual(replica.hear(C, { kind: 'indexRequest', id: 4 }).messages, [
    { to: C, message: { kind: 'indexReply', id: 4, index: 0 } },
  ]);
});
