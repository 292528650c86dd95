/**
 * Redis's patterns for keys: `*`, `?`, `[abc]`, `[a-z]`, `[^x]` and `\` before a character that means itself.
 * Redis tries every way to fill each star, which is exponential in the stars. It is enough to
 * go back to the last star: if the part before it fits at all, it fits where it was first found.
 */

/** Tokens 0…255 are that byte; from `CLASS` on, an index into the classes. */
const ANY_ONE = 256;
const ANY_RUN = 257;
const CLASS = 258;

export class Glob {
  /** The bytes with which every match begins. */
  readonly prefix: string;
  readonly #tokens: readonly number[];
  readonly #classes: readonly Uint8Array[];

  /** Every text is a pattern: what is unfinished at its end is taken as it stands, as Redis does. */
  constructor(pattern: string) {
    const tokens: number[] = [];
    const classes: Uint8Array[] = [];
    let index = 0;
    while (index < pattern.length) {
      const character = pattern.charAt(index);
      index += 1;
      if (character === '*') {
        if (tokens.at(-1) !== ANY_RUN) tokens.push(ANY_RUN);
      } else if (character === '?') {
        tokens.push(ANY_ONE);
      } else if (character === '[') {
        const members = new Uint8Array(256);
        index = parseClass(pattern, index, members);
        tokens.push(CLASS + classes.length);
        classes.push(members);
      } else if (character === '\\' && index < pattern.length) {
        tokens.push(pattern.charCodeAt(index));
        index += 1;
      } else {
        tokens.push(character.charCodeAt(0));
      }
    }
    this.#tokens = tokens;
    this.#classes = classes;
    this.prefix = literalPrefix(tokens);
  }

  matches(text: string): boolean {
    const tokens = this.#tokens;
    let token = 0;
    let position = 0;
    let tokenAfterStar = -1;
    let starEnd = 0;
    while (position < text.length) {
      if (token < tokens.length && tokens[token] === ANY_RUN) {
        token += 1;
        if (token === tokens.length) return true;
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
        return false;
      }
    }
    if (tokens[token] === ANY_RUN) token += 1;
    return token === tokens.length;
  }

  #fits(token: number, character: number): boolean {
    if (token < ANY_ONE) return token === character;
    if (token === ANY_ONE) return true;
    return (this.#classes[token - CLASS] as Uint8Array)[character] === 1;
  }
}

/** Fills in the members of a class whose `[` ends before `start`; returns where the pattern goes on. */
function parseClass(pattern: string, start: number, members: Uint8Array): number {
  let index = start;
  const negated = pattern.charAt(index) === '^';
  if (negated) index += 1;
  while (index < pattern.length && pattern.charAt(index) !== ']') {
    const left = pattern.length - index;
    if (pattern.charAt(index) === '\\' && left >= 2) {
      members[pattern.charCodeAt(index + 1)] = 1;
      index += 2;
    } else if (pattern.charAt(index + 1) === '-' && left >= 3) {
      // As in Redis, whatever follows the dash ends the range, even a `]`; ends may come in either order.
      const low = Math.min(pattern.charCodeAt(index), pattern.charCodeAt(index + 2));
      const high = Math.max(pattern.charCodeAt(index), pattern.charCodeAt(index + 2));
      members.fill(1, low, high + 1);
      index += 3;
    } else {
      members[pattern.charCodeAt(index)] = 1;
      index += 1;
    }
  }
  if (negated)
    for (let byte = 0; byte < members.length; byte += 1) members[byte] = 1 - (members[byte] as number);
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
