/** A journal that keeps its lines, for tests: time stands at one moment, and a window ends when it is told to. */
import type { Level } from '../level.ts';
import type { LogFormat } from '../line.ts';
import { Journal } from '../journal.ts';

export const MOMENT = '2027-01-15T08:00:00.123Z';

export class WrittenLines {
  readonly lines: string[] = [];
  readonly levels: Level[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly journal: Journal;

  constructor(level: Level, format: LogFormat = 'text') {
    this.journal = new Journal({
      format,
      level,
      write: (line, of) => {
        this.lines.push(line);
        this.levels.push(of);
      },
      clockMs: () => Date.parse(MOMENT),
      later: (action) => this.#waiting.push(action),
    });
  }

  /** How many actions wait for their time. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** As if the time of every waiting action had come. */
  windowEnds(): void {
    for (const action of this.#waiting.splice(0)) action();
  }

  /** The lines as records; throws where one is no JSON. */
  get records(): Readonly<Record<string, unknown>>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
