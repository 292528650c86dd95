/**
 * A command as a person types it: words between blanks, with Redis's two kinds of quotes. Double
 * quotes know \n \r \t \b \a, \xHH and a backslash before any other character; single quotes only \'.
 */

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const HEXADECIMAL_PAIR = /^[0-9a-fA-F]{2}$/;
const BLANKS = ' \n\r\t\v\f\0';

/** The words of a line, or undefined when a quote is not closed or something follows a closing one directly. */
export function splitInlineCommand(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isBlank(line, at)) at += 1;
    if (at >= line.length) return words;
    const pieces: string[] = [];
    while (at < line.length && !isBlank(line, at)) {
      const quote = line[at];
      if (quote !== '"' && quote !== "'") {
        pieces.push(line.charAt(at));
        at += 1;
        continue;
      }
      at = quote === '"' ? readDoubleQuoted(line, at + 1, pieces) : readSingleQuoted(line, at + 1, pieces);
      if (at < 0 || (at < line.length && !isBlank(line, at))) return undefined;
    }
    words.push(pieces.join(''));
  }
}

/** Answers the offset behind the closing quote, or -1 when there is none. */
function readDoubleQuoted(line: string, start: number, pieces: string[]): number {
  let at = start;
  while (at < line.length) {
    const character = line.charAt(at);
    if (character === '"') return at + 1;
    if (character !== '\\' || at + 1 >= line.length) {
      pieces.push(character);
      at += 1;
      continue;
    }
    const escaped = line.charAt(at + 1);
    const pair = line.slice(at + 2, at + 4);
    if (escaped === 'x' && HEXADECIMAL_PAIR.test(pair)) {
      pieces.push(String.fromCharCode(Number.parseInt(pair, 16)));
      at += 4;
    } else {
      pieces.push(ESCAPES[escaped] ?? escaped);
      at += 2;
    }
  }
  return -1;
}

function readSingleQuoted(line: string, start: number, pieces: string[]): number {
  let at = start;
  while (at < line.length) {
    if (line[at] === "'") return at + 1;
    if (line[at] === '\\' && line[at + 1] === "'") at += 1;
    pieces.push(line.charAt(at));
    at += 1;
  }
  return -1;
}

function isBlank(line: string, at: number): boolean {
  return BLANKS.includes(line.charAt(at));
}
