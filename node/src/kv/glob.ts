/**
 * Redis's patterns for keys: `*`, `?`, `[abc]`, `[a-z]`, `[^x]` and `\` before a character that means itself.
 * Redis tries every way to fill each star, which is exponential in the stars. It is enough to
 * go back to the last star: if the part before it fits at all, it fits where it was first found. That still is up to
 * pattern times text, so steps are counted, the same on every machine, and bounded.
 */

/** Tokens 0…255 are that byte; from `CLASS` on, an index into the classes. */
const ANY_ONE = 256;
const ANY_RUN = 257;
const CLASS = 258;

/** A class has a place for each byte. */
const BYTES = 256;

export class Glob {
  /** The bytes with which every match begins. */
  readonly prefix: string;
  readonly #tokens: readonly number[];
  /** One after the other. */
  readonly #classes: Uint8Array;
  readonly patternBytes: number;
  /** Characters looked at so far, by all matches together. */
  steps = 0;
  /** With more steps than this no match goes on. */
  stepsMax = Number.POSITIVE_INFINITY;

  /** Every text is a pattern: what is unfinished at its end is taken as it stands, as Redis does. */
  constructor(pattern: string) {
    const tokens: number[] = [];
    const classes = new Uint8Array((pattern.split('[').length - 1) * BYTES);
    let count = 0;
    let index = 0;
    while (index < pattern.length) {
      const character = pattern.charAt(index);
      index += 1;
      if (character === '*') {
        if (tokens.at(-1) !== ANY_RUN) tokens.push(ANY_RUN);
      } else if (character === '?') {
        tokens.push(ANY_ONE);
      } else if (character === '[') {
        index = parseClass(pattern, index, classes, count * BYTES);
        tokens.push(CLASS + count);
        count += 1;
      } else if (character === '\\' && index < pattern.length) {
        tokens.push(pattern.charCodeAt(index));
        index += 1;
      } else {
        tokens.push(character.charCodeAt(0));
      }
    }
    this.patternBytes = pattern.length;
    this.#tokens = tokens;
    this.#classes = classes;
    this.prefix = literalPrefix(tokens);
  }

  /** Whether it has looked at as much as it may: what `matches` says means nothing from then on. */
  get isSpent(): boolean {
    return this.steps > this.stepsMax;
  }

  matches(text: string): boolean {
    const stepsEnd = this.stepsMax - this.steps;
    let steps = 0;
    const tokens = this.#tokens;
    let token = 0;
    let position = 0;
    let tokenAfterStar = -1;
    let starEnd = 0;
    while (position < text.length) {
      steps += 1;
      if (steps > stepsEnd) break;
      if (token < tokens.length && tokens[token] === ANY_RUN) {
        token += 1;
        if (token === tokens.length) break;
        tokenAfterStar = token;
        starEnd = position;
      } else if (token < tokens.length && this.#fits(tokens[token] as number, text.charCodeAt(position))) {
        token += 1;
        position += 1;
      } else if (tokenAfterStar >= 0) {
        // Let the last star take one character more, and try what follows it again from there.
        starEnd += 1;
        position = starEnd;
        token = tokenAfterStar;
      } else {
        token = -1;
        break;
      }
    }
    this.steps += steps;
    if (tokens[token] === ANY_RUN) token += 1;
    return token === tokens.length;
  }

  #fits(token: number, character: number): boolean {
    if (token < ANY_ONE) return token === character;
    if (token === ANY_ONE) return true;
    return this.#classes[(token - CLASS) * BYTES + character] === 1;
  }
}

/** Fills in the members, from `offset` on, of a class whose `[` ends before `start`; returns where the pattern goes on. */
function parseClass(pattern: string, start: number, members: Uint8Array, offset: number): number {
  let index = start;
  const negated = pattern.charAt(index) === '^';
  if (negated) index += 1;
  while (index < pattern.length && pattern.charAt(index) !== ']') {
    const left = pattern.length - index;
    if (pattern.charAt(index) === '\\' && left >= 2) {
      members[offset + pattern.charCodeAt(index + 1)] = 1;
      index += 2;
    } else if (pattern.charAt(index + 1) === '-' && left >= 3) {
      // As in Redis, whatever follows the dash ends the range, even a `]`; ends may come in either order.
      const low = Math.min(pattern.charCodeAt(index), pattern.charCodeAt(index + 2));
      const high = Math.max(pattern.charCodeAt(index), pattern.charCodeAt(index + 2));
      members.fill(1, offset + low, offset + high + 1);
      index += 3;
    } else {
      members[offset + pattern.charCodeAt(index)] = 1;
      index += 1;
    }
  }
  if (negated) {
    for (let at = offset; at < offset + BYTES; at += 1) members[at] = 1 - (members[at] as number);
  }
  return index + 1;
}

function literalPrefix(tokens: readonly number[]): string {
  let prefix = '';
  for (const token of tokens) {
    if (token >= ANY_ONE) break;
    prefix += String.fromCharCode(token);
  }
  return prefix;
}
