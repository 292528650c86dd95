/** Why a watch ends, in words that say what to do next. */
import type { WatchEnd } from './watch.ts';

export function compacted(resumeFrom: number): WatchEnd {
  const detail =
    `this replica no longer knows, or never knew, every change before revision ${resumeFrom}: ` +
    `read what you need, and watch from the revision after that of the reading`;
  return { code: 'compacted', detail, resumeFrom };
}

export function slow(resumeFrom: number): WatchEnd {
  const detail = `changes came faster than they were taken: watch from revision ${resumeFrom}, and nothing is missed`;
  return { code: 'slow', detail, resumeFrom };
}

export function closing(resumeFrom: number): WatchEnd {
  const detail = `this replica is shutting down: watch from revision ${resumeFrom} at another one, and nothing is missed`;
  return { code: 'closing', detail, resumeFrom };
}

export function tooMany(detail: string, resumeFrom: number): WatchEnd {
  return { code: 'too-many', detail: `${detail}: use another replica`, resumeFrom };
}
