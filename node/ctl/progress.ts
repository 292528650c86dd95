/**
 * How far something that takes long has come: one line on standard error that is written over and over. Only
 * on a terminal; a file or a pipe gets nothing.
 */
import type { Streams } from './output.ts';

const WIDTH = 30;
/** Often enough to look alive, seldom enough to cost nothing. */
const REDRAW_MS = 100;
/** Back to the line's beginning, and everything behind it away. */
const CLEAR_LINE = '\r\u001b[K';

export class Progress {
  readonly #streams: Streams;
  readonly #what: string;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  /** `what` stands before the bar: `backup`. */
  constructor(streams: Streams, what: string) {
    this.#streams = streams;
    this.#what = what;
  }

  /** `share`: from 0 to 1; undefined when nobody knows how much there will be. */
  show(share: number | undefined, text: string): void {
    if (!this.#streams.errorIsTerminal) return;
    const now = performance.now();
    if (now - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = now;
    this.#isDrawn = true;
    this.#streams.error(`${CLEAR_LINE}${this.#what} ${barText(share)}${text}`);
  }

  /** Takes the line away: what comes next is the result. */
  end(): void {
    if (this.#isDrawn) this.#streams.error(CLEAR_LINE);
    this.#isDrawn = false;
  }
}

function barText(share: number | undefined): string {
  if (share === undefined) return '';
  const filled = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${percent}% `;
}
