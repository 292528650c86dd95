/** One event of each kind, for tests of whoever listens. What stands in for texts of strangers says so. */
import type { ReplicaEvent } from '../events.ts';
import { LINE_LEVELS, LINE_NAMES } from '../event-lines.ts';
import type { NoticeName } from '../events.ts';

export const PEER = 0x3f9a00c1d2e4;
/** Those that speak of a slot. */
const SLOT_NOTICES: ReadonlySet<NoticeName> = new Set([
  'log-unreadable',
  'snapshot-dropped',
  'snapshot-given-up',
]);
const BALLOT = { round: 7, replica: PEER };

export const EVENT_EXAMPLES: readonly ReplicaEvent[] = [
  { kind: 'leaderChanged', leader: PEER, ballot: BALLOT },
  { kind: 'leaderChanged', leader: undefined, ballot: BALLOT },
  { kind: 'linkUp', peer: PEER },
  { kind: 'linkDown', peer: PEER, reason: 'connection reset' },
  { kind: 'refusedLink', reason: 'another cluster' },
  { kind: 'caughtUp', slot: 99, slots: 40 },
  { kind: 'snapshotTaken', slot: 99, bytes: 4_096, durationMs: 12.5 },
  { kind: 'snapshotInstalled', slot: 99, bytes: 4_096, durationMs: 12.5 },
  { kind: 'retired', why: 'removed', reason: 'it was removed' },
  { kind: 'refusedAccess', door: 'redis', from: '127.0.0.1:4000' },
  { kind: 'clientOpened', door: 'redis' },
  { kind: 'clientClosed', door: 'http' },
  { kind: 'clientCut', reason: 'memory' },
  { kind: 'refusedForLimit', limit: 'calls' },
  { kind: 'droppedForDisk', peer: PEER },
  { kind: 'sent', peer: PEER, bytes: 20, text: () => 'accept 7.3f9a00c1d2e4 slots 5-6' },
  { kind: 'received', peer: PEER, bytes: 10, text: () => 'accepted up to 6' },
  { kind: 'roundDone', slot: 6, durationMs: 1.23456, commands: 2 },
  { kind: 'applied', slot: 6, durationMs: 0.5, commands: 2 },
  { kind: 'logSynced', durationMs: 0.75, bytes: 512, records: 3 },
  { kind: 'readRoundDone', durationMs: 1, reads: 7 },
  { kind: 'peerRoundTrip', peer: PEER, durationMs: 0.25 },
  { kind: 'commandDone', name: 'set', outcome: 'ok', durationMs: 1 },
  ...noticeNames().map((name): ReplicaEvent =>
    SLOT_NOTICES.has(name)
      ? { kind: 'notice', name, text: `a sentence of ${name}`, slot: 99 }
      : { kind: 'notice', name, text: `a sentence of ${name}` },
  ),
];

function noticeNames(): NoticeName[] {
  const others: readonly string[] = [...Object.values(LINE_NAMES), 'leader-changed', 'leader-lost'];
  return (Object.keys(LINE_LEVELS) as (keyof typeof LINE_LEVELS)[]).filter(
    (name): name is NoticeName => !others.includes(name),
  );
}
