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

/** The log is not as it was written. The message says what a replica has to do about it: others may know better. */
export class LogCorruption extends Corruption {
  /** The message without that advice. */
  readonly finding: string;
  readonly file: string;
  /** Up to here the file is intact, and so are the files before it; undefined where that can't be told. */
  readonly intactBytes: number | undefined;

  constructor(
    finding: string,
    { file, intactBytes, ...options }: ErrorOptions & { file: string; intactBytes?: number | undefined },
  ) {
    super(
      `${finding}. This replica must not vote, because it may have forgotten what it ` +
        'promised. While a quorum of the others is left they hold the data: replace this replica. Else keep this directory, and a copy of it: a recovery reads what is intact',
      options,
    );
    this.finding = finding;
    this.file = file;
    this.intactBytes = intactBytes;
  }
}

/** `what` was found in `file` at byte `offset`. */
export function logCorruption(
  file: string,
  offset: number,
  what: string,
  { cause, intactBytes }: { readonly cause?: unknown; readonly intactBytes?: number } = {},
): LogCorruption {
  const options = cause === undefined ? {} : { cause };
  return new LogCorruption(`${file} at byte ${offset}: ${what}`, { ...options, file, intactBytes });
}
