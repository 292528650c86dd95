/**
 * Revisions of a cluster that is made from what another one has left. Clients remember revisions: as tags of values, and as
 * places to watch on from. The old cluster has given revisions that its remains know nothing of. If the new one gave the same numbers
 * again, a compare-and-set could overwrite what its client never saw, and a watch could go on in the midst of another history. So the
 * new one begins above everything that any cluster before it can have reached, and knows no change before that.
 *
 *     1 … certain │ guessed … lost │       gap       │ revision: nothing below is told to watches │ new changes …
 */
import { InvalidInput } from '../../src/errors.ts';
import type { RecordImage } from '../../src/kv/key-record.ts';
import type { ViewContent } from '../../src/kv/view.ts';

/** What counts if a clock is wrong: more changes than a cluster makes in half a day of nothing else. */
const GAP_MIN = 1_000_000_000;
/**
 * A cluster begins at 0 or at the time of its making, and makes fewer changes than this, all its life long taken together. So what is
 * made later is above it, also when one backup is restored twice. 48 bits last until the year 2108.
 */
const PER_MILLISECOND = 64;
/** Snapshots hold revisions in 48 bits; a million million must be left to count on. */
const REVISION_MAX = 2 ** 48 - 2 ** 40;

/** Where a cluster goes on that is made at that time from a state with that revision. Throws `InvalidInput` when there are no more. */
export function revisionBehind(revision: number, nowMs: number): number {
  const least = revision + GAP_MIN;
  const byTime = nowMs * PER_MILLISECOND;
  // A clock that is far ahead must not use up what is left for all who come later.
  const next = byTime > REVISION_MAX ? least : Math.max(least, byTime);
  if (next > REVISION_MAX) {
    throw new InvalidInput(
      'revision',
      revision,
      `must leave room for another ${GAP_MIN} up to ${REVISION_MAX}`,
    );
  }
  return next;
}

export interface Revisions {
  /** Up to here the new cluster and the old one agree on what each revision was. */
  readonly certain: number;
  /** The new cluster's first changes are above it. */
  readonly next: number;
}

/** The view's content at the revision `next`; keys that were changed above `certain` were changed by it. */
export function withRevisions(view: ViewContent, { certain, next }: Revisions): ViewContent {
  const moved = (revision: number): number => (revision > certain ? next : revision);
  return {
    header: { ...view.header, revision: next },
    deletions: view.deletions,
    sessions: view.sessions,
    next(): RecordImage | undefined {
      const image = view.next();
      if (image === undefined || image.modifyRevision <= certain) return image;
      return {
        ...image,
        createRevision: moved(image.createRevision),
        modifyRevision: next,
      };
    },
  };
}
