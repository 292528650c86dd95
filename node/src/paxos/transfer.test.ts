/** Handing over the lead. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ballot } from './ballot.ts';
import { CoreUnderTest, lead, ofKind, restored } from './testing/core-under-test.ts';
import { A, B, ballot, C } from './testing/members.ts';
import { TRANSFER_MS_MAX } from './transfer.ts';

function leader(): { replica: CoreUnderTest; own: Ballot } {
  const replica = new CoreUnderTest(A, restored());
  const own = lead(replica);
  replica.propose('opening');
  replica.persist();
  for (const voter of [B, C]) {
    replica.hear(voter, { kind: 'accepted', ballot: own, mark: 2, gap: false, clockMs: 0 });
  }
  return { replica, own };
}

test('a leader that hands over proposes nothing, and tells its successor as soon as that is level', () => {
  const { replica, own } = leader();
  replica.propose('in flight');
  replica.persist();
  assert.deepEqual(ofKind(replica.step({ kind: 'transfer', to: B }).messages, 'campaignNow'), []);
  const { leadership } = replica.core;
  assert.equal(leadership?.successor, B);
  assert.equal(leadership.roomToPropose, false);
  assert.throws(() => replica.propose('too late'), /AlphaWindow/);
  const level = replica.hear(B, { kind: 'accepted', ballot: own, mark: 3, gap: false, clockMs: 0 });
  assert.deepEqual(ofKind(level.messages, 'campaignNow'), [
    { to: B, message: { kind: 'campaignNow', ballot: own } },
  ]);
  assert.deepEqual(ofKind(replica.tick(200).messages, 'campaignNow'), []);
});

test('after a second it goes on, whether the successor was told or not', () => {
  const { replica, own } = leader();
  replica.step({ kind: 'transfer', to: B });
  for (let waitedMs = 0; waitedMs < TRANSFER_MS_MAX; waitedMs += 50) {
    const beat = { kind: 'heartbeatReply', ballot: own, round: 1, mark: 2, clockMs: 0 } as const;
    replica.hear(B, { ...beat, leaseGranted: false });
    assert.equal(replica.core.leadership?.roomToPropose, false);
    replica.tick(50);
  }
  assert.equal(replica.core.leadership?.successor, undefined);
  replica.propose('on it goes');
});

test('a successor that is cut off is waited for no longer', () => {
  const { replica } = leader();
  replica.step({ kind: 'transfer', to: B });
  replica.step({ kind: 'linkDown', peer: C });
  assert.equal(replica.core.leadership?.successor, B);
  replica.step({ kind: 'linkDown', peer: B });
  assert.equal(replica.core.leadership?.successor, undefined);
  replica.propose('on it goes');
});

test('the successor prepares at once, without a canvass, and says whose lead it takes', () => {
  const replica = new CoreUnderTest(B, restored({ promised: ballot(4, A) }));
  replica.hear(A, { kind: 'heartbeat', ballot: ballot(4, A), from: 2, chosen: 1, round: 1, leaseMs: 0 });
  const step = replica.hear(A, { kind: 'campaignNow', ballot: ballot(4, A) });
  assert.deepEqual(ofKind(step.messages, 'canvass'), []);
  assert.deepEqual(
    ofKind(step.afterwards, 'prepare').map(({ to, message }) => [to, message.ballot, message.handedOver]),
    [A, C].map((to) => [to, ballot(5, B), ballot(4, A)]),
  );
});

test('nobody else, and nothing old, makes a replica campaign', () => {
  const replica = new CoreUnderTest(B, restored({ promised: ballot(4, A) }));
  replica.hear(A, { kind: 'heartbeat', ballot: ballot(4, A), from: 2, chosen: 1, round: 1, leaseMs: 0 });
  for (const [from, of] of [
    [C, ballot(4, A)],
    [A, ballot(3, A)],
  ] as const) {
    assert.deepEqual(replica.hear(from, { kind: 'campaignNow', ballot: of }).afterwards, []);
  }
  assert.equal(replica.core.role, 'follower');
});
