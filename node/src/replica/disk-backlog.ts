/**
 * What a replica does without while too much waits for its disk. The others go on without a disk that hangs, and all that they choose
 * would gather here in memory. Such a message counts as lost, as any may be: what it brings comes again when the disk goes on.
 */
import type { PeerMessage } from '../codec/message.ts';
import { UNWRITTEN_BYTES_MAX } from './limits.ts';

/** What brings entries that have to be written, or begins to. All else is small, and elections go on. */
const LOADS: ReadonlySet<PeerMessage['kind']> = new Set(['accept', 'chosen', 'snapshotOffer']);

export interface DiskBacklog {
  readonly log: { readonly unwrittenBytes: number };
  /** `UNWRITTEN_BYTES_MAX` unless given: the simulator's load is small. */
  readonly unwrittenBytesMax?: number;
}

/** Whether a message that has come must not be taken in. */
export function isTooMuch({ kind }: PeerMessage, backlog: DiskBacklog): boolean {
  return LOADS.has(kind) && isFull(backlog);
}

/** Whether a message is better not sent: what answers it would not be taken in. It is repeated. */
export function asksTooMuch({ kind }: PeerMessage, backlog: DiskBacklog): boolean {
  return kind === 'fetch' && isFull(backlog);
}

function isFull({ log, unwrittenBytesMax = UNWRITTEN_BYTES_MAX }: DiskBacklog): boolean {
  return log.unwrittenBytes > unwrittenBytesMax;
}
