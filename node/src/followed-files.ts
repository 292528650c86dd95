/**
 * Files that say what is in force: secrets, certificates. They are read at the start, where a bad one is an
 * error, and read again when they change: then a bad one is reported, and what was read before stays in force.
 *
 * Changes are found by asking for the files' status, again and again. That works wherever a file may live: under
 * an editor that renames, and in Kubernetes, which swaps a symbolic link two directories up; each kind of
 * notification misses one of them. A change counts when it stands still for one more look, so that
 * two files that belong together, copied one after the other, are seldom read in between.
 */
import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InvalidInput, NodeError } from './errors.ts';

/** Two of them until a change is in force. A look costs one `stat` for each file. */
const LOOK_INTERVAL_MS = 1_000;
/** A bad file is reported when it appears, and that often as long as it stays. */
const REMINDER_MS = 60_000;

/** Gets a sentence for the log; `isInForce`: what was read now is, else what was read before still is. */
export type Report = (text: string, isInForce: boolean) => void;

export interface FollowedFilesOptions<Value> {
  readonly names: readonly string[];
  /** Reads the files; throws `InvalidInput` when they can't be used. Gets what is in force, if anything is. */
  readonly read: (previous: Value | undefined) => Value;
  /** What is in force now, as a sentence without its end. It must hold no secret. */
  readonly describe: (value: Value) => string;
  readonly report: Report;
  readonly lookIntervalMs?: number;
}

export type Change<Value> = (value: Value, previous: Value) => void;

export class FollowedFiles<Value> {
  readonly #options: FollowedFilesOptions<Value>;
  readonly #listeners: Change<Value>[] = [];
  #value: Value;
  /** The status of the files when they were read last. */
  #seen: string;
  /** A status that differs, and has been seen once. */
  #moving: string | undefined;
  #failedAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Throws what `read` throws. */
  constructor(options: FollowedFilesOptions<Value>) {
    this.#options = options;
    // Before the reading: a change that comes right behind it is then noticed.
    this.#seen = options.names.map(statusNow).join();
    this.#value = options.read(undefined);
    this.#plan();
  }

  get value(): Value {
    return this.#value;
  }

  /** Is called after each successful reading but the first. */
  onChange(listener: Change<Value>): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    const intervalMs = this.#options.lookIntervalMs ?? LOOK_INTERVAL_MS;
    // No reason to keep a process alive.
    this.#timer = setTimeout(() => void this.#look(), intervalMs).unref();
  }

  async #look(): Promise<void> {
    const status = (await Promise.all(this.#options.names.map(statusOf))).join();
    if (this.#closed) return;
    if (status !== this.#seen && status === this.#moving) {
      this.#seen = status;
      this.#moving = undefined;
      this.#readAgain();
    } else {
      this.#moving = status === this.#seen ? undefined : status;
      const failedAtMs = this.#failedAtMs;
      if (failedAtMs !== undefined && performance.now() - failedAtMs >= REMINDER_MS) this.#readAgain();
    }
    this.#plan();
  }

  #readAgain(): void {
    const { read, describe, report } = this.#options;
    const previous = this.#value;
    try {
      this.#value = read(previous);
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      this.#failedAtMs = performance.now();
      report(`NOT read again: ${error.message}; still in force: ${describe(previous)}`, false);
      return;
    }
    this.#failedAtMs = undefined;
    report(`read again: ${describe(this.#value)}`, true);
    for (const listener of this.#listeners) listener(this.#value, previous);
  }
}

/** A file's bytes; throws `InvalidInput` under the option's name when it isn't one of at most `bytesMax`. */
export function readSmallFile(option: string, name: string, bytesMax: number): Buffer {
  let bytes;
  try {
    const status = statSync(name);
    // A device or a pipe would block us, or never end.
    if (!status.isFile() || status.size > bytesMax) {
      throw new InvalidInput(option, name, `must be a file of at most ${bytesMax} bytes`);
    }
    bytes = readFileSync(name);
  } catch (cause) {
    if (cause instanceof InvalidInput) throw cause;
    throw new InvalidInput(option, name, `must be a file that can be read (${errorCode(cause)})`, { cause });
  }
  return bytes;
}

interface Status {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

function statusNow(name: string): string {
  try {
    return fingerprint(statSync(name, { bigint: true }));
  } catch (error) {
    return errorCode(error);
  }
}

async function statusOf(name: string): Promise<string> {
  try {
    return fingerprint(await stat(name, { bigint: true }));
  } catch (error) {
    return errorCode(error);
  }
}

/** The links on the way are followed, so a link that leads elsewhere shows as another file. */
function fingerprint({ dev, ino, size, mtimeNs, ctimeNs }: Status): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** Why a file has no status is part of its status. */
function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
