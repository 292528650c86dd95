import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaEvent } from './events.ts';
import { logLines } from './log-lines.ts';

const PEER = 0x3f9a00c1d2e4;
const text = () => assert.fail('made');

/** The lines without their time, which is the same for all. */
function linesOf(verbose: boolean, events: readonly ReplicaEvent[]): string[] {
  const lines: string[] = [];
  const observe = logLines({ write: (line) => lines.push(line), clockMs: () => 1_800_000_000_123, verbose });
  for (const event of events) observe(event);
  return lines.map((line) => {
    assert.ok(line.startsWith('2027-01-15T08:00:00.123Z '), line);
    return line.slice(25);
  });
}

const RARE: readonly ReplicaEvent[] = [
  { kind: 'leaderChanged', leader: PEER, ballot: { round: 7, replica: PEER } },
  { kind: 'leaderChanged', leader: undefined, ballot: { round: 7, replica: PEER } },
  { kind: 'linkUp', peer: PEER },
  { kind: 'linkDown', peer: PEER, reason: 'connection reset' },
  { kind: 'refusedLink', reason: 'another cluster' },
  { kind: 'caughtUp', slot: 99, slots: 40 },
  { kind: 'notice', text: 'listening' },
];

test('an operator sees leaders, links and notices, one line each', () => {
  assert.deepEqual(linesOf(false, RARE), [
    'leader 3f9a00c1d2e4; ballot 7.3f9a00c1d2e4',
    'no leader known; ballot 7.3f9a00c1d2e4',
    'link to 3f9a00c1d2e4 is up',
    'link to 3f9a00c1d2e4 is down: connection reset',
    'refused a link: another cluster',
    'caught up to slot 99: 40 slots',
    'listening',
  ]);
});

const FREQUENT: readonly ReplicaEvent[] = [
  { kind: 'sent', peer: PEER, bytes: 20, text: () => 'accept 7.3f9a00c1d2e4 slots 5-6' },
  { kind: 'received', peer: PEER, bytes: 10, text: () => 'accepted up to 6' },
  { kind: 'roundDone', slot: 6, durationMs: 1.23456, commands: 2 },
];

test('verbose adds each message with its direction, peer and kind', () => {
  assert.deepEqual(linesOf(true, FREQUENT), [
    '-> 3f9a00c1d2e4 accept 7.3f9a00c1d2e4 slots 5-6 (20 bytes)',
    '<- 3f9a00c1d2e4 accepted up to 6 (10 bytes)',
    'slot 6 chosen: 2 commands, 1.235 ms',
  ]);
  assert.equal(linesOf(true, RARE).length, RARE.length);
});

test('the text of a message is not even made when nobody reads it', () => {
  assert.deepEqual(linesOf(false, [{ kind: 'sent', peer: PEER, bytes: 1, text }]), []);
});

test('a text from a stranger stays on its line', () => {
  const reason = 'hello\r\n2027-01-15 all is well\u001b[2J';
  assert.deepEqual(linesOf(false, [{ kind: 'refusedLink', reason }]), [
    String.raw`refused a link: hello\x0d\x0a2027-01-15 all is well\x1b[2J`,
  ]);
});
