/**
 * A segment: one file of the log, filled with zeros and synced before its first use, so that a write
 * into it changes neither the file's size nor its place on disk, and so that whatever isn't zero in it
 * was written as a record.
 */
import type { Done, File, Files } from './files.ts';
import { ZEROS } from './zeros.ts';

const NAME = /^log-(\d{12})$/;
const UNFINISHED_NAME = /^log-\d{12}\.new$/;

export interface Segment {
  /** Segments are numbered from 1 in the order in which they are written. */
  readonly number: number;
  /** Open for writing. */
  readonly file: File;
  /** The file's size: whole sectors. */
  bytes: number;
}

export function segmentName(number: number): string {
  return `log-${String(number).padStart(12, '0')}`;
}

/** The number of the segment of this name; undefined for every other file. */
export function segmentNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** True for what a crash while a segment was prepared has left. */
export function isUnfinishedSegment(name: string): boolean {
  return UNFINISHED_NAME.test(name);
}

/**
 * Makes a segment of `bytes` zeros. It gets its name only when it is on disk as a whole; on an error
 * what there is of it is removed.
 */
export function prepareSegment(files: Files, number: number, bytes: number, done: Done<Segment>): void {
  const name = segmentName(number);
  const unfinished = `${name}.new`;
  createAnew(files, unfinished, (createError, file) => {
    if (createError !== undefined) return done(createError, undefined as never);
    fillWithZeros(file, 0, bytes, (fillError) => {
      file.close((closeError) => {
        const error = fillError ?? closeError;
        if (error !== undefined) return removeUnfinished(files, unfinished, error, done);
        files.rename(unfinished, name, (renameError) => {
          if (renameError !== undefined) return removeUnfinished(files, unfinished, renameError, done);
          openPrepared(files, number, bytes, done);
        });
      });
    });
  });
}

/** Makes an unused segment longer, for a record that is longer than segments are. */
export function extendSegment(segment: Segment, bytes: number, done: Done): void {
  fillWithZeros(segment.file, segment.bytes, bytes, (error) => {
    if (error === undefined) segment.bytes = bytes;
    done(error);
  });
}

/**
 * Writes zeros from `from` to `to`. Each piece is synced by itself: one sync of a whole segment would
 * hold up the syncs of the segment that is being written meanwhile.
 */
export function fillWithZeros(file: File, from: number, to: number, done: Done): void {
  const length = Math.min(ZEROS.length, to - from);
  file.write(from, [ZEROS.subarray(0, length)], (writeError) => {
    if (writeError !== undefined) return done(writeError);
    file.sync((syncError) => {
      if (syncError !== undefined || from + length === to) return done(syncError);
      fillWithZeros(file, from + length, to, done);
    });
  });
}

/** An attempt that failed may have left a file of this name, if there was no space to remove it properly. */
function createAnew(files: Files, name: string, done: Done<File>): void {
  files.create(name, (error, file) => {
    if (error === undefined || (error as NodeJS.ErrnoException).code !== 'EEXIST') return done(error, file);
    files.unlink(name, (unlinkError) => {
      if (unlinkError !== undefined) return done(unlinkError, undefined as never);
      files.create(name, done);
    });
  });
}

function openPrepared(files: Files, number: number, bytes: number, done: Done<Segment>): void {
  files.syncDirectory((syncError) => {
    if (syncError !== undefined) return done(syncError, undefined as never);
    files.open(segmentName(number), (openError, file) => {
      if (openError !== undefined) return done(openError, undefined as never);
      done(undefined, { number, file, bytes });
    });
  });
}

function removeUnfinished(files: Files, name: string, cause: Error, done: Done<Segment>): void {
  files.unlink(name, (unlinkError) => {
    done(unlinkError ?? cause, undefined as never);
  });
}
