/** Writes of this replica's doors: gathered, submitted to one leadership at a time, settled once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { segmentHeader } from '../codec/batch.ts';
import type { Ballot } from '../paxos/ballot.ts';
import { Intake } from './intake.ts';
import { BATCH_BYTES_MAX, PENDING_REQUESTS_MAX } from './limits.ts';
import { Requests } from './requests.ts';
import { Outcomes } from './testing/outcomes.ts';

const SET = 2;
const PROCESS = 77;
const FIRST: Ballot = { round: 1, replica: 1 };
const SECOND: Ballot = { round: 2, replica: 2 };

function add(requests: Requests, sink: Outcomes, token: number, nowMs = 0): void {
  requests.add(SET, ['key', String(token)], sink, token, nowMs);
}

/** Submits everything; the first and last request number of each segment. */
function submit(requests: Requests, ballot: Ballot, bytesMax = BATCH_BYTES_MAX): number[][] {
  return requests.submit(ballot, bytesMax, 0).map(({ bytes }) => {
    const { process, first, count } = segmentHeader(bytes);
    assert.equal(process, PROCESS);
    return [first, first + count - 1];
  });
}

test('what gathers in one turn becomes one segment, and its answers find their doors', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  for (const token of [5, 6, 7]) add(requests, sink, token);
  assert.equal(requests.count, 3);
  assert.equal(requests.hasUnsubmitted, true);
  assert.deepEqual(submit(requests, FIRST), [[1, 3]]);
  assert.equal(requests.hasUnsubmitted, false);
  const pending = requests.take(1);
  assert.ok(pending);
  for (let index = 0; index < pending.count; index += 1) pending.settle(index, index);
  assert.deepEqual(sink.take(), [
    [5, '0'],
    [6, '1'],
    [7, '2'],
  ]);
  assert.equal(requests.count, 0);
});

test('a segment is answered once: when it is applied again, nobody is there', () => {
  const requests = new Requests(PROCESS);
  add(requests, new Outcomes(), 1);
  submit(requests, FIRST);
  assert.ok(requests.take(1));
  assert.equal(requests.take(1), undefined);
});

test('segments of one process that are applied out of order are a bug of ours', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  add(requests, sink, 1);
  submit(requests, FIRST);
  add(requests, sink, 2);
  submit(requests, FIRST);
  assert.throws(() => requests.take(2), /SegmentsInOrder/);
});

test('what was submitted to one leadership is submitted to the next only when that has opened', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  add(requests, sink, 1);
  submit(requests, FIRST);
  assert.equal(requests.firstSubmitted(FIRST)?.first, 1);
  add(requests, sink, 2);
  submit(requests, FIRST);
  assert.equal(requests.take(1)?.first, 1);
  assert.equal(requests.firstSubmitted(FIRST)?.first, 2);
  assert.equal(requests.firstSubmitted(SECOND), undefined);
  requests.resubmit();
  assert.equal(requests.firstSubmitted(FIRST), undefined);
  assert.deepEqual(submit(requests, SECOND), [[2, 2]]);
  assert.equal(requests.firstSubmitted(SECOND)?.first, 2);
});

test('a write that waits too long is unknown when a leader may have it, and surely not done otherwise', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  add(requests, sink, 1, 100);
  submit(requests, FIRST);
  add(requests, sink, 2, 200);
  requests.expire(99);
  assert.deepEqual(sink.take(), []);
  requests.expire(150);
  assert.deepEqual(sink.take(), [[1, 'unknown']]);
  requests.expire(250);
  assert.deepEqual(sink.take(), [[2, 'notDone']]);
  requests.expire(1_000);
  assert.deepEqual(sink.take(), []);
  assert.equal(requests.count, 0);
});

test('a write that is applied after its door was told "unknown" is not answered twice', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  add(requests, sink, 1, 0);
  submit(requests, FIRST);
  requests.expire(10);
  sink.take();
  const pending = requests.take(1);
  pending?.settle(0, 'late');
  assert.deepEqual(sink.take(), []);
});

test('nobody waits for what was told "unknown": it is not submitted to another leadership', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  add(requests, sink, 1, 0);
  submit(requests, FIRST);
  requests.expire(10);
  add(requests, sink, 2, 20);
  requests.resubmit();
  assert.deepEqual(submit(requests, SECOND), [[2, 2]]);
});

test('a leader takes the numbers of a process without a gap, so refused writes leave none', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  const intake = new Intake();
  intake.begin(FIRST);
  const forwardAll = () => {
    for (const { bytes } of requests.submit(FIRST, BATCH_BYTES_MAX, 0)) {
      const firstOfBallot = requests.firstSubmitted(FIRST)?.first ?? 0;
      intake.offer({ kind: 'forward', ballot: FIRST, firstOfBallot, segment: bytes });
    }
  };
  add(requests, sink, 1);
  forwardAll();
  assert.equal(intake.take(BATCH_BYTES_MAX).length, 1);
  requests.take(1);
  // The link to the leader is down for a while, or the disk is full; the leader stays the same.
  add(requests, sink, 2);
  add(requests, sink, 3);
  requests.refuseUnsubmitted('no leader is known');
  assert.deepEqual(sink.take(), [
    [2, 'notDone'],
    [3, 'notDone'],
  ]);
  add(requests, sink, 4);
  forwardAll();
  assert.equal(intake.take(BATCH_BYTES_MAX).length, 1);
});

test('when the replica ends, everything is answered with what is known', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  add(requests, sink, 1);
  submit(requests, FIRST);
  add(requests, sink, 2);
  requests.close();
  assert.deepEqual(sink.take(), [
    [2, 'notDone'],
    [1, 'unknown'],
  ]);
  assert.equal(requests.count, 0);
});

test('a submission takes what fits, at least one segment, and the rest later in order', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  for (let token = 1; token <= 3; token += 1) {
    requests.add(SET, ['key', 'x'.repeat(BATCH_BYTES_MAX)], sink, token, 0);
  }
  assert.ok(requests.unsubmittedBytes > 3 * BATCH_BYTES_MAX);
  assert.deepEqual(submit(requests, FIRST, 10), [[1, 1]]);
  assert.deepEqual(submit(requests, FIRST, 3 * BATCH_BYTES_MAX), [
    [2, 2],
    [3, 3],
  ]);
  assert.equal(requests.unsubmittedBytes, 0);
  assert.deepEqual(
    requests.submittedSegments(2.5 * BATCH_BYTES_MAX).map(({ first }) => first),
    [1, 2],
  );
});

test('the queue is full at its limit, and relieved well below it', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  for (let token = 0; token <= PENDING_REQUESTS_MAX; token += 1) {
    assert.equal(requests.isFull, false);
    requests.add(SET, [], sink, token, 0);
  }
  assert.equal(requests.isFull, true);
  assert.equal(requests.isRelieved, false);
  requests.refuseUnsubmitted('full');
  assert.equal(requests.isFull, false);
  assert.equal(requests.isRelieved, true);
});

test('whatever happens, every write is answered exactly once, and the counts come back to nothing', () => {
  const someAct = fc.constantFrom('add', 'add', 'submit', 'apply', 'open', 'expire', 'refuse');
  fc.assert(
    fc.property(fc.array(someAct, { maxLength: 60 }), (acts) => {
      const requests = new Requests(PROCESS);
      const sink = new Outcomes();
      let ballot: Ballot = FIRST;
      let token = 0;
      for (const [nowMs, act] of acts.entries()) {
        if (act === 'add') add(requests, sink, (token += 1), nowMs);
        if (act === 'submit') requests.submit(ballot, BATCH_BYTES_MAX, nowMs);
        if (act === 'apply') {
          const first = requests.submittedSegments(1)[0]?.first;
          const pending = first === undefined ? undefined : requests.take(first);
          for (let index = 0; index < (pending?.count ?? 0); index += 1) pending?.settle(index, 'ok');
        }
        if (act === 'open') {
          ballot = { round: ballot.round + 1, replica: 1 };
          requests.resubmit();
        }
        if (act === 'expire') requests.expire(nowMs - 10);
        if (act === 'refuse') requests.refuseUnsubmitted('no leader is known');
      }
      requests.close();
      requests.resubmit();
      const tokens = sink.take().map(([answered]) => answered);
      assert.deepEqual(
        tokens.toSorted((a, b) => a - b),
        Array.from({ length: token }, (_, index) => index + 1),
      );
      assert.equal(requests.count, 0);
      assert.equal(requests.unsubmittedBytes, 0);
    }),
    { numRuns: 500 },
  );
});

test('what a snapshot may hold is answered "unknown", and what comes after it goes on behind its numbers', () => {
  const requests = new Requests(PROCESS);
  const sink = new Outcomes();
  for (const token of [1, 2]) {
    add(requests, sink, token);
    submit(requests, FIRST);
  }
  add(requests, sink, 3);
  requests.forgetSubmitted();
  assert.deepEqual(
    sink.take().map(([token, outcome]) => [token, outcome.split(':')[0]]),
    [
      [1, 'unknown'],
      [2, 'unknown'],
    ],
  );
  assert.equal(requests.count, 1);
  // One of them is applied after all, behind the snapshot.
  assert.equal(requests.take(2), undefined);
  assert.deepEqual(submit(requests, FIRST), [[3, 3]]);
  assert.equal(requests.firstSubmitted(FIRST)?.first, 3);
  assert.ok(requests.take(3));
  assert.equal(requests.count, 0);
});
