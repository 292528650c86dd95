/** What is remembered of others, and what a disk that went back in time contradicts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BALLOT_NONE } from './ballot.ts';
import type { Message } from './message.ts';
import { PeerMemory, type Standing } from './peer-memory.ts';
import { A, B, ballot, entry } from './testing/members.ts';

function standing(given: Partial<Standing> = {}): Standing {
  return { process: 'p1', start: 1, promised: BALLOT_NONE, held: 0, ...given };
}

function memoryOf(...told: readonly Message[]): PeerMemory {
  const memory = new PeerMemory();
  assert.equal(memory.judge(B, standing()), undefined);
  for (const message of told) memory.hear(B, message);
  return memory;
}

const accepted: Message = { kind: 'accepted', ballot: ballot(3, A), mark: 9, gap: false, clockMs: 0 };

test('a restarted replica that holds what it told is welcome', () => {
  const memory = memoryOf(accepted);
  assert.equal(
    memory.judge(B, standing({ process: 'p2', start: 2, promised: ballot(3, A), held: 9 })),
    undefined,
  );
});

test('a disk that has forgotten a promise or an acceptance went back in time', () => {
  const memory = memoryOf(accepted);
  const forgetful = [
    { promised: ballot(2, A), held: 9 },
    { promised: ballot(3, A), held: 8 },
    { promised: ballot(9, A), held: 8 },
  ];
  for (const each of forgetful) {
    const objection = memory.judge(B, standing({ process: 'p2', start: 2, ...each }));
    assert.equal(objection?.kind, 'forgot');
    assert.match(objection.reason, /the disk of 000000000002 went back in time/);
  }
});

test('a promise tells what is held, too: the chosen mark and what is accepted above it', () => {
  const promise = { kind: 'promise', ballot: ballot(4, A), chosen: 5, part: 0, parts: 1 } as const;
  for (const [entries, held] of [
    [[], 5],
    [[entry(6, ballot(1, A)), entry(7, ballot(1, A))], 7],
  ] as const) {
    const memory = memoryOf({ ...promise, entries: [...entries] });
    assert.equal(memory.contradicts(B, { promised: ballot(4, A), held }), false);
    assert.equal(memory.contradicts(B, { promised: ballot(4, A), held: held - 1 }), true);
  }
});

test("the mark in a heartbeat's answer is no evidence: it may count what only others have on disk", () => {
  const reply = { kind: 'heartbeatReply', ballot: ballot(3, A), round: 1, mark: 9 } as const;
  const memory = memoryOf({ ...reply, clockMs: 0, leaseGranted: false });
  assert.equal(memory.contradicts(B, { promised: ballot(3, A), held: 0 }), false);
  assert.equal(memory.contradicts(B, { promised: ballot(2, A), held: 0 }), true);
});

test('one process may link as often as it likes, whatever it has told since its start', () => {
  const memory = memoryOf(accepted);
  assert.equal(memory.judge(B, standing()), undefined);
});

test('of two processes with one id the newer start wins, at each hello again', () => {
  const memory = memoryOf();
  assert.equal(memory.judge(B, standing({ process: 'p2', start: 2 })), undefined);
  assert.equal(memory.judge(B, standing())?.kind, 'superseded');
  assert.equal(memory.judge(B, standing({ process: 'p2', start: 2 })), undefined);
});

test('two copies of one disk have the same number of starts: one of them wins, the same one everywhere', () => {
  const [one, other] = [standing({ process: 'aa', start: 4 }), standing({ process: 'bb', start: 4 })];
  for (const order of [
    [one, other],
    [other, one],
  ]) {
    const memory = new PeerMemory();
    for (const each of order) memory.judge(B, each);
    assert.equal(memory.judge(B, one)?.kind, 'superseded');
    assert.equal(memory.judge(B, other), undefined);
  }
});

test('what is not told from a disk is not remembered, and neither is who was removed', () => {
  const memory = memoryOf(
    { kind: 'canvass', ballot: ballot(9, B) },
    { kind: 'canvassReply', ballot: ballot(9, A), granted: true, promised: ballot(8, A) },
    { kind: 'fetch', from: 30 },
  );
  assert.equal(memory.contradicts(B, { promised: BALLOT_NONE, held: 0 }), false);
  memory.hear(B, accepted);
  memory.forget([B]);
  assert.equal(memory.contradicts(B, { promised: BALLOT_NONE, held: 0 }), false);
});
