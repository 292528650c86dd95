/**
 * Is there an order of the operations on one key, each at one moment between its call and its return,
 * in which a plain variable would have answered the same? (Wing and Gong's search, with the memory of
 * configurations that Lowe added.) An operation of unknown outcome may have its moment at any time after
 * its call, or never.
 *
 * What keeps the search small: no two calls write the same text. So an unknown write matters only if
 * somebody saw its value, and may then be put right before the first who did; and unknown increments are
 * alike, so that the earliest may always go first.
 */
import assert from 'node:assert/strict';

/** What a client asked of one key, and what it was told. Texts are written once; null is an absent key. */
export type Operation =
  | { readonly kind: 'get'; readonly seen: string | null }
  | { readonly kind: 'set'; readonly value: string }
  /** `seen` is the counter's value after it; unknown when no answer came. */
  | { readonly kind: 'increment'; readonly seen: number | undefined }
  /** Replaced `from` by `to`; one that was refused is no operation at all. */
  | { readonly kind: 'swap'; readonly from: string | null; readonly to: string };

/** Times of any monotonic clock. */
export interface Call {
  readonly operation: Operation;
  readonly calledAt: number;
  /** Infinity: its outcome is unknown. */
  readonly returnedAt: number;
}

/** More than an honest history of a test needs; a search that reaches it proves nothing. */
const CONFIGURATIONS_MAX = 2_000_000;

/** A point of the search: which calls have had their moment, and what the variable holds. */
interface Configuration {
  /** All known calls before this index are done. */
  readonly from: number;
  /** Indexes of known calls at or after `from` that are done, ascending. */
  readonly ahead: readonly number[];
  /** Indexes of unknown calls that have been done, ascending. */
  readonly unknown: readonly number[];
  readonly value: string | null;
}

/** Calls on one key, in any order. Undefined: they are linearizable; else a sentence that says where it ends. */
export function whyNotLinearizable(calls: readonly Call[]): string | undefined {
  const search = new Search(calls);
  return search.run() ? undefined : search.describeFailure();
}

class Search {
  readonly #known: readonly Call[];
  readonly #unknown: readonly Call[];
  readonly #seen = new Set<string>();
  #best: Configuration = { from: 0, ahead: [], unknown: [], value: null };

  constructor(calls: readonly Call[]) {
    const sorted = calls.toSorted((a, b) => a.calledAt - b.calledAt);
    this.#known = sorted.filter((call) => Number.isFinite(call.returnedAt));
    this.#unknown = sorted.filter((call) => !Number.isFinite(call.returnedAt));
  }

  run(): boolean {
    const stack = [this.#best];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next.from === this.#known.length) return true;
      if (progressOf(next) > progressOf(this.#best)) this.#best = next;
      assert(this.#seen.size < CONFIGURATIONS_MAX, 'the search for a linear order has grown too large');
      for (const successor of this.#successors(next)) {
        const key = `${successor.from};${successor.ahead.join()};${successor.unknown.join()};${successor.value}`;
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        stack.push(successor);
      }
    }
    return false;
  }

  describeFailure(): string {
    const { from, value } = this.#best;
    const near = this.#known.slice(Math.max(0, from - 4), from + 8).map((call, offset) => {
      const mark = Math.max(0, from - 4) + offset === from ? '→' : ' ';
      const span = `${call.calledAt.toFixed(3)}–${call.returnedAt.toFixed(3)}`;
      return `${mark} ${span} ${JSON.stringify(call.operation)}`;
    });
    return `no order explains what follows the value ${JSON.stringify(value)}:\n${near.join('\n')}`;
  }

  #successors(at: Configuration): Configuration[] {
    const open: number[] = [];
    // Whoever is next must have been called before the first open call returned.
    let deadline = Number.POSITIVE_INFINITY;
    for (let index = at.from; index < this.#known.length; index += 1) {
      const call = this.#known[index];
      if (call === undefined || call.calledAt > deadline) break;
      if (at.ahead.includes(index)) continue;
      open.push(index);
      deadline = Math.min(deadline, call.returnedAt);
    }
    const successors: Configuration[] = [];
    for (const index of open) {
      const call = this.#known[index];
      if (call === undefined || call.calledAt > deadline) continue;
      const before = valueBefore(call.operation);
      const unknown = before === undefined ? at.unknown : this.#unknownLeadingTo(before, at, deadline);
      if (unknown === undefined) continue;
      const value = valueAfter(call.operation);
      successors.push({ ...advance(at, index), unknown, value });
    }
    return successors;
  }

  /** The unknown calls that are done when the variable holds `wanted`; undefined when it can't. */
  #unknownLeadingTo(
    wanted: string | null,
    at: Pick<Configuration, 'unknown' | 'value'>,
    deadline: number,
  ): readonly number[] | undefined {
    if (wanted === at.value) return at.unknown;
    const unused = [...this.#unknown.entries()].filter(
      ([index, call]) => call.calledAt <= deadline && !at.unknown.includes(index),
    );
    const writer = unused.find(([, { operation }]) => {
      return operation.kind !== 'increment' && valueAfter(operation) === wanted;
    });
    if (writer !== undefined) {
      const [index, { operation }] = writer;
      const unknown = withIndex(at.unknown, index);
      const before = valueBefore(operation);
      if (before === undefined) return unknown;
      return this.#unknownLeadingTo(before, { unknown, value: at.value }, deadline);
    }
    const missing = Number(wanted ?? 0) - Number(at.value ?? 0);
    const increments = unused.filter(([, { operation }]) => operation.kind === 'increment');
    if (!(missing >= 0 && missing <= increments.length)) return undefined;
    return increments.slice(0, missing).reduce((done, [index]) => withIndex(done, index), at.unknown);
  }
}

/** What the variable must hold so that the call is answered like that; undefined when it doesn't matter. */
function valueBefore(operation: Operation): string | null | undefined {
  switch (operation.kind) {
    case 'get':
      return operation.seen;
    case 'set':
      return undefined;
    case 'swap':
      return operation.from;
    case 'increment':
      return operation.seen === undefined ? undefined : counted(operation.seen - 1);
  }
}

/** What it holds afterwards. */
function valueAfter(operation: Operation): string | null {
  switch (operation.kind) {
    case 'get':
      return operation.seen;
    case 'set':
      return operation.value;
    case 'swap':
      return operation.to;
    case 'increment':
      return counted(operation.seen ?? 0);
  }
}

/** An absent counter is 0. */
function counted(value: number): string | null {
  return value === 0 ? null : String(value);
}

function withIndex(indexes: readonly number[], index: number): readonly number[] {
  return [...indexes, index].toSorted(ascending);
}

function advance(at: Configuration, index: number): Pick<Configuration, 'from' | 'ahead'> {
  if (index !== at.from) return { from: at.from, ahead: withIndex(at.ahead, index) };
  const ahead = [...at.ahead];
  let from = at.from + 1;
  while (ahead[0] === from) {
    ahead.shift();
    from += 1;
  }
  return { from, ahead };
}

function progressOf(at: Configuration): number {
  return at.from + at.ahead.length;
}

function ascending(a: number, b: number): number {
  return a - b;
}
