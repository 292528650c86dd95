/** Which line of the log an event becomes, and how much it matters. `docs/logs.md` lists them; a test keeps it in step. */
import type { Level } from '../journal/level.ts';
import type { NoticeName, ReplicaEvent } from './events.ts';

/** Rare, and of interest to whoever looks after the cluster: up to `info`. What clients cause is counted, and told by `debug` only. */
export const LINE_LEVELS = {
  'leader-changed': 'info',
  'leader-lost': 'warn',
  'link-up': 'info',
  'link-down': 'warn',
  'refused-link': 'warn',
  'caught-up': 'info',
  'snapshot-taken': 'info',
  'snapshot-installed': 'info',
  retired: 'error',

  'accept-failed': 'warn',
  'clients-closed': 'info',
  'closing-client': 'info',
  'file-refused': 'warn',
  'file-read-again': 'info',
  'founds-cluster': 'info',
  fresh: 'info',
  'frame-dropped': 'warn',
  'log-cut': 'warn',
  'log-unreadable': 'warn',
  'no-space': 'warn',
  'peer-port-failed': 'warn',
  'peer-unreachable': 'warn',
  'shutting-down': 'info',
  'snapshot-dropped': 'warn',
  'snapshot-given-up': 'warn',
  started: 'info',
  stranger: 'warn',
  tls: 'info',
  'traces-lost': 'warn',
  'traces-variable-refused': 'warn',

  'refused-access': 'debug',
  'client-opened': 'debug',
  'client-closed': 'debug',
  'client-cut': 'debug',
  'refused-for-limit': 'debug',
  'dropped-for-disk': 'debug',

  sent: 'trace',
  received: 'trace',
  'round-done': 'trace',
  'log-synced': 'trace',
  'read-round-done': 'trace',
  'peer-round-trip': 'trace',
  applied: 'trace',
  'command-done': 'trace',
} as const satisfies Readonly<Record<string, Level> & Record<NoticeName, Level>>;

export type LineName = keyof typeof LINE_LEVELS;

/** By an event's kind; of two kinds more than the kind counts. */
export const LINE_NAMES = {
  sent: 'sent',
  received: 'received',
  roundDone: 'round-done',
  logSynced: 'log-synced',
  readRoundDone: 'read-round-done',
  peerRoundTrip: 'peer-round-trip',
  linkUp: 'link-up',
  linkDown: 'link-down',
  refusedLink: 'refused-link',
  applied: 'applied',
  caughtUp: 'caught-up',
  snapshotTaken: 'snapshot-taken',
  snapshotInstalled: 'snapshot-installed',
  refusedAccess: 'refused-access',
  clientOpened: 'client-opened',
  clientClosed: 'client-closed',
  clientCut: 'client-cut',
  refusedForLimit: 'refused-for-limit',
  droppedForDisk: 'dropped-for-disk',
  commandDone: 'command-done',
  retired: 'retired',
} as const satisfies Readonly<Record<Exclude<ReplicaEvent['kind'], 'leaderChanged' | 'notice'>, LineName>>;

export function lineNameOf(event: ReplicaEvent): LineName {
  if (event.kind === 'notice') return event.name;
  if (event.kind === 'leaderChanged') return event.leader === undefined ? 'leader-lost' : 'leader-changed';
  return LINE_NAMES[event.kind];
}
