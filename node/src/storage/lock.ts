/**
 * One process per data directory. `flock` from util-linux is run once on a descriptor that the child
 * inherits: the lock belongs to the open file, which parent and child share, so that it outlives the
 * child and ends with the last holder of the descriptor, which is us, however we end. Node.js opens
 * files close-on-exec: no later child keeps it alive.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { NodeError } from '../errors.ts';

const LOCK_NAME = 'lock';
/** Exit status that tells "held by another" from flock's own failures. */
const STATUS_HELD = 11;

/** The directory is in use, or can't be locked at all. */
export class DirectoryNotLocked extends NodeError {
  readonly code = 'DIRECTORY_NOT_LOCKED';
}

export interface DirectoryLock {
  /** Gives the directory free. Not needed before the process ends. */
  release(): void;
}

/** Locks `directory` for this process; throws `DirectoryNotLocked`, or the system's error on opening. */
export function lockDirectory(directory: string): DirectoryLock {
  return lock(directory, openSync(join(directory, LOCK_NAME), 'a'));
}

/**
 * The same for somebody who only reads and must not leave a trace: a directory in which no process has ever
 * run has no lock, and gets none.
 */
export function lockForReading(directory: string): DirectoryLock {
  let descriptor;
  try {
    descriptor = openSync(join(directory, LOCK_NAME), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { release: () => undefined };
  }
  return lock(directory, descriptor);
}

function lock(directory: string, descriptor: number): DirectoryLock {
  const child = spawnSync('flock', ['-n', '-E', String(STATUS_HELD), '3'], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
  });
  if (child.status === 0) return { release: () => closeSync(descriptor) };
  closeSync(descriptor);
  if (child.status === STATUS_HELD) {
    throw new DirectoryNotLocked(
      `data directory ${directory} is in use by another process: one process per directory`,
    );
  }
  const reason = child.error?.message ?? child.stderr.toString().trim();
  throw new DirectoryNotLocked(
    `data directory ${directory} can't be locked with flock (util-linux): ${reason}`,
    child.error === undefined ? {} : { cause: child.error },
  );
}
