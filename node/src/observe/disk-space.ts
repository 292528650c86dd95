/** What the file system says of its size. A disk that hangs may not even say that, and all other numbers are wanted most then. */
import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** Well below any time in which metrics must be told. */
const ANSWER_MS_MAX = 500;

export class DiskSpace {
  readonly #directory: string;
  readonly #statfs: (directory: string) => Promise<StatsFs>;
  /** One at a time: each that hangs takes a thread of the few that all files of the process share. */
  #underWay: Promise<StatsFs | undefined> | undefined;

  /** `ask` as `statfs`. */
  constructor(directory: string, ask: (directory: string) => Promise<StatsFs> = statfs) {
    this.#directory = directory;
    this.#statfs = ask;
  }

  /** Undefined when the disk does not say, or not in time. */
  async ask(): Promise<StatsFs | undefined> {
    this.#underWay ??= this.#begin().finally(() => (this.#underWay = undefined));
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, ANSWER_MS_MAX, undefined);
    try {
      return await Promise.race([this.#underWay, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #begin(): Promise<StatsFs | undefined> {
    try {
      return await this.#statfs(this.#directory);
    } catch {
      // It does not say: the numbers are left out, which is what is told of that.
      return undefined;
    }
  }
}
