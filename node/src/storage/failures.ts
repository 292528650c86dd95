/** What the log can fail with, besides `Corruption`. */
import { Corruption, NodeError } from '../errors.ts';

/**
 * A write or sync failed. The pages' state is unknown from here on (T3): nothing is retried and
 * nothing is acknowledged any more, the process has to end.
 */
export class DiskFailure extends NodeError {
  readonly code = 'DISK_FAILURE';
}

/** There is no space: nothing has failed, and there may be some later. */
export function isOutOfSpace(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The directory was written by a version of this program that this one doesn't know. */
export class FormatNotSupported extends NodeError {
  readonly code = 'FORMAT_NOT_SUPPORTED';
}

/** The log holds no entry for a slot (any more): a snapshot covers it. */
export class NotHeld extends NodeError {
  readonly code = 'NOT_HELD';
}

/** `what` was found in `file` at byte `offset`; says what is to be done about it. */
export function logCorruption(file: string, offset: number, what: string, cause?: unknown): Corruption {
  return new Corruption(
    `${file} at byte ${offset}: ${what}. This replica must not vote, because it may have forgotten what it ` +
      'promised; its peers hold the data. Remove its data directory and add it again as a new replica',
    cause === undefined ? {} : { cause },
  );
}
