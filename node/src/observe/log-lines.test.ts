import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Level } from '../journal/level.ts';
import { MOMENT, WrittenLines } from '../journal/testing/written-lines.ts';
import { LINE_LEVELS, lineNameOf } from './event-lines.ts';
import type { ReplicaEvent } from './events.ts';
import { logLines } from './log-lines.ts';
import { EVENT_EXAMPLES, PEER } from './testing/event-examples.ts';

const text = () => assert.fail('made');

/** The lines for a terminal without their time, which is the same for all. */
function linesOf(level: Level, events: readonly ReplicaEvent[]): string[] {
  const written = new WrittenLines(level);
  const observe = logLines(written.journal);
  for (const event of events) observe(event);
  return written.lines.map((line) => {
    assert.ok(line.startsWith(`${MOMENT} `), line);
    return line.slice(MOMENT.length + 1);
  });
}

const RARE: readonly ReplicaEvent[] = [
  { kind: 'leaderChanged', leader: PEER, ballot: { round: 7, replica: PEER } },
  { kind: 'leaderChanged', leader: undefined, ballot: { round: 7, replica: PEER } },
  { kind: 'linkUp', peer: PEER },
  { kind: 'linkDown', peer: PEER, reason: 'connection reset' },
  { kind: 'refusedLink', reason: 'another cluster' },
  { kind: 'caughtUp', slot: 99, slots: 40 },
  { kind: 'notice', name: 'started', text: 'it starts' },
];

test('an operator sees leaders, links and notices, one line each', () => {
  assert.deepEqual(linesOf('info', RARE), [
    'info  leader 3f9a00c1d2e4; ballot 7.3f9a00c1d2e4',
    'warn  no leader known; ballot 7.3f9a00c1d2e4',
    'info  link to 3f9a00c1d2e4 is up',
    'warn  link to 3f9a00c1d2e4 is down: connection reset',
    'warn  refused a link: another cluster',
    'info  caught up to slot 99: 40 slots',
    'info  it starts',
  ]);
});

const FREQUENT: readonly ReplicaEvent[] = [
  { kind: 'sent', peer: PEER, bytes: 20, text: () => 'accept 7.3f9a00c1d2e4 slots 5-6' },
  { kind: 'received', peer: PEER, bytes: 10, text: () => 'accepted up to 6' },
  { kind: 'roundDone', slot: 6, durationMs: 1.23456, commands: 2 },
];

test('the trace has each message with its direction, peer and kind', () => {
  assert.deepEqual(linesOf('trace', FREQUENT), [
    'trace -> 3f9a00c1d2e4 accept 7.3f9a00c1d2e4 slots 5-6 (20 bytes)',
    'trace <- 3f9a00c1d2e4 accepted up to 6 (10 bytes)',
    'trace slot 6 chosen: 2 commands, 1.235 ms',
  ]);
  assert.equal(linesOf('trace', RARE).length, RARE.length);
});

test('the text of a message is not even made when nobody reads it', () => {
  assert.deepEqual(linesOf('debug', [{ kind: 'sent', peer: PEER, bytes: 1, text }]), []);
});

test('a text from a stranger stays on its line', () => {
  const reason = 'hello\r\n2027-01-15 all is well\u001b[2J';
  assert.deepEqual(linesOf('info', [{ kind: 'refusedLink', reason }]), [
    String.raw`warn  refused a link: hello\x0d\x0a2027-01-15 all is well\x1b[2J`,
  ]);
});

test('every kind of event is a record with its name, its level, a sentence and its own properties as fields', () => {
  const seen = new Set<string>();
  for (const event of EVENT_EXAMPLES) {
    const written = new WrittenLines('trace', 'json');
    logLines(written.journal)(event);
    const [record = {}] = written.records;
    const name = lineNameOf(event);
    seen.add(name);
    const { time, level, event: named, message, ...fields } = record;
    assert.deepEqual([time, level, named], [MOMENT, LINE_LEVELS[name], name]);
    assert.ok(typeof message === 'string' && message !== '', name);
    const { kind: _, name: noticeName, text: words, ...own } = { name: '', text: '', ...event };
    const expected = event.kind === 'commandDone' ? { ...own, command: noticeName } : own;
    assert.deepEqual(Object.keys(fields).toSorted(), keysOf(expected), `${name}: ${String(words)}`);
    for (const value of Object.values(fields)) assert.ok(['string', 'number'].includes(typeof value), name);
  }
  assert.deepEqual([...seen].toSorted(), Object.keys(LINE_LEVELS).toSorted());
});

function keysOf(record: object): string[] {
  return Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key)
    .toSorted();
}

test('a level that admits less writes exactly the events of its levels', () => {
  for (const level of ['error', 'warn', 'info', 'debug', 'trace'] as const) {
    const rank = ['error', 'warn', 'info', 'debug', 'trace'].indexOf(level);
    const expected = EVENT_EXAMPLES.filter(
      (event) => ['error', 'warn', 'info', 'debug', 'trace'].indexOf(LINE_LEVELS[lineNameOf(event)]) <= rank,
    );
    assert.equal(linesOf(level, EVENT_EXAMPLES).length, expected.length, level);
  }
});
