/** Why a watch ends, in words that say what to do next. */
import type { WatchEnd } from './watch.ts';

export function compacted(resumeFrom: number): WatchEnd {
  const detail =
    `this replica no longer knows, or never knew, every change before revision ${resumeFrom}: ` +
    `read what you need, and watch from the revision after that of the reading`;
  return { code: 'compacted', detail, resumeFrom };
}

/** `revision`: everything that was ever chosen is at it or below. */
export function neverMade(from: number, revision: number): WatchEnd {
  const detail =
    `this cluster is at revision ${revision}, and ${from} is beyond the next: it was given by another cluster, or before a restore. ` +
    `Read what you need, and watch from the revision after that of the reading`;
  return { code: 'compacted', detail, resumeFrom: revision + 1 };
}

export function slow(resumeFrom: number): WatchEnd {
  const detail = `changes came faster than they were taken: watch from revision ${resumeFrom}, soon, for they are not remembered for long`;
  return { code: 'slow', detail, resumeFrom };
}

export function closing(resumeFrom: number): WatchEnd {
  const detail = `this replica is shutting down: watch from revision ${resumeFrom} at another one, and nothing is missed`;
  return { code: 'closing', detail, resumeFrom };
}

/** Of a connection, with all that it watches: the hub itself knows no passwords. */
export interface Revoked {
  readonly code: 'unauthorized';
  readonly detail: string;
  readonly resumeFrom: number;
}

export function revoked(resumeFrom: number): Revoked {
  const detail = `the password that opened this watch is not in force any more: watch from revision ${resumeFrom} with one that is`;
  return { code: 'unauthorized', detail, resumeFrom };
}

export function tooMany(detail: string, resumeFrom: number): WatchEnd {
  return { code: 'too-many', detail: `${detail}: use another replica`, resumeFrom };
}
