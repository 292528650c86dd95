/** Who is told of a full disk, and when a leader heeds it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage } from '../codec/message.ts';
import { CoreUnderTest, restored } from '../paxos/testing/core-under-test.ts';
import { A, B, ballot, C } from '../paxos/testing/members.ts';
import { SPACE_RETRY_MS } from './limits.ts';
import { Outbox } from './outbox.ts';
import { SpaceWatch } from './space-watch.ts';

function watchUnderTest(full: boolean) {
  const sent: string[] = [];
  const links = {
    send: (peer: number, frame: Uint8Array) => sent.push(`${peer} ${decodeMessage(frame).kind}`) > 0,
    sendBulk: () => true,
    roundTripMs: () => undefined,
  };
  const replica = new CoreUnderTest(A, restored());
  const log = { full, exhausted: false, retrySpace: () => undefined };
  const requests = { refuseUnsubmitted: () => undefined };
  const outbox = new Outbox(links, () => undefined);
  return { replica, sent, watch: new SpaceWatch(replica.core, outbox, { self: A, log, requests }) };
}

test('growth waits when those that have space are no quorum, for as long as they say so', () => {
  const { watch } = watchUnderTest(false);
  watch.review(1_000);
  watch.note(B);
  assert.equal(watch.full, false);
  watch.review(1_100);
  watch.note(C);
  assert.equal(watch.full, true);
  watch.review(1_000 + 3 * SPACE_RETRY_MS);
  assert.equal(watch.full, false);
});

test('a replica whose disk is full tells the leader, once in a while', () => {
  const { replica, sent, watch } = watchUnderTest(true);
  watch.review(0);
  assert.deepEqual(sent, []);
  replica.hear(B, {
    kind: 'heartbeat',
    ballot: ballot(1, B),
    from: 2,
    chosen: 1,
    round: 1,
    leaseMs: 0,
  });
  for (const nowMs of [SPACE_RETRY_MS, SPACE_RETRY_MS + 10, 2 * SPACE_RETRY_MS]) watch.review(nowMs);
  assert.deepEqual(sent, [`${B} full`, `${B} full`]);
  assert.equal(watch.full, true);
});
