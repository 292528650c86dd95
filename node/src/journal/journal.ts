/**
 * What a process tells of itself, line by line: the log that people read, not the one that replicas agree on. A line has a time, a
 * level, an event and a sentence, and further fields where they mean something; `docs/logs.md` lists them. What
 * matters less than the present level isn't written, nor what comes in floods.
 */
import { FloodGate } from './flood-gate.ts';
import { type Fields, lineText, type LogFormat } from './line.ts';
import { type Level, RANK } from './level.ts';

export interface JournalOptions {
  readonly format: LogFormat;
  readonly level: Level;
  /** Gets one line without its end. */
  readonly write: (line: string, level: Level) => void;
  /** The wall clock, in milliseconds since 1970. */
  readonly clockMs: () => number;
  /** Runs `action` once, so many milliseconds from now, and keeps no process alive for it. */
  readonly later: (action: () => void, delayMs: number) => void;
}

const NO_FIELDS: Fields = {};

export class Journal {
  readonly #options: JournalOptions;
  readonly #gate: FloodGate;
  /** Fields of every line: who writes. Asked for each. */
  context: () => Fields = () => NO_FIELDS;
  #level: Level;
  /** Of the level: what has a higher one isn't written. */
  rank: number;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#level = options.level;
    this.rank = RANK[options.level];
    this.#gate = new FloodGate({
      later: options.later,
      leftOut: (event, level, lines) => {
        const message = `${lines} more lines of ${event} were left out`;
        this.write(level, 'lines-left-out', message, { of: event, lines });
      },
    });
  }

  get level(): Level {
    return this.#level;
  }

  /** From the next line on; says so in the log, at any level. */
  setLevel(level: Level, who: string): void {
    const before = this.#level;
    if (level === before) return;
    this.#level = level;
    this.rank = RANK[level];
    this.write('info', 'log-level', `the log level is ${level}, it was ${before}: by ${who}`, { before });
  }

  /** Whether such a line is to be written; to be asked once for each, before the work of making it. */
  admits(level: Level, event: string): boolean {
    return RANK[level] <= this.rank && this.#gate.admits(event, level);
  }

  tell(level: Level, event: string, message: string, fields: Fields = NO_FIELDS): void {
    if (this.admits(level, event)) this.write(level, event, message, fields);
  }

  /** A line that was admitted. */
  write(level: Level, event: string, message: string, fields: Fields): void {
    const { write, format, clockMs } = this.#options;
    const all = { ...this.context(), ...fields };
    write(lineText({ timeMs: clockMs(), level, event, message, fields: all }, format), level);
  }

  /** Tells what was left out so far: before the process ends. */
  close(): void {
    this.#gate.close();
  }
}
