/**
 * A document whose examples are run. In its `console` blocks each line that begins with `$ paxosctl` is a command, and what
 * follows is what it prints. Ids, numbers and the order of lines may differ from run to run; words may not. Directives
 * in comments, `<!-- try: kill 0 1 2 -->`, do what a reader does with other tools; `<!-- try: perhaps Kept -->` says that lines that
 * begin so depend on the moment.
 *
 * `PAXOSKV_RECORD_DOCUMENTS=1 npm test -- paxosctl-doc` writes what was printed into the document instead: review it like code.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { EXIT } from '../../node/ctl/exit-code.ts';
import { isLeaderless, type Said } from './paxosctl.ts';

export interface ConsoleDocumentOptions {
  readonly file: string;
  /** Runs the words behind `paxosctl`. */
  readonly run: (args: readonly string[]) => Promise<Said>;
  /** Does what a directive says. */
  readonly act: (directive: string) => Promise<void>;
}

const RECORD = process.env['PAXOSKV_RECORD_DOCUMENTS'] === '1';
/** Commands that change nothing. */
const ASKING: readonly string[] = ['get', 'verify', 'diff', 'log'];
/** How long, and how often, another answer is asked for. */
const AGAIN_MS = 15_000;
const PAUSE_MS = 100;
/** Ids of clusters wherever they stand; of replicas only where a line begins, which is where they are introduced. */
const INTRODUCED = /\b[0-9a-f]{32}\b|^[0-9a-f]{12}\b/gm;

/** Answers how many commands were run. */
export async function tryDocument({ file, run, act }: ConsoleDocumentOptions): Promise<number> {
  const lines = readFileSync(file, 'utf8').split('\n');
  const recorded: string[] = [];
  const names = new Map<string, string>();
  const perhaps: string[] = [];
  let isConsole = false;
  let count = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const directive = /^<!-- try: (.*) -->$/.exec(line)?.[1];
    const optional = /^perhaps (.*)$/.exec(directive ?? '')?.[1];
    if (optional !== undefined) perhaps.push(optional);
    else if (directive !== undefined) await act(directive);
    if (line.startsWith('```')) isConsole = line === '```console';
    const command: string | undefined = isConsole ? /^\$ paxosctl (.*)$/.exec(line)?.[1] : undefined;
    if (command === undefined) {
      recorded.push(line);
      continue;
    }
    const expected: string[] = [];
    while (!/^(?:```|\$ )/.test(lines[index + 1] ?? '```')) {
      index += 1;
      expected.push(lines[index] ?? '');
    }
    const real = translated(command, names);
    const wanted = comparable(expected, perhaps);
    const printed = await insist(wordsOf(real), run, (said) =>
      RECORD ? true : isDeepStrictEqual(comparable(said, perhaps), wanted),
    );
    count += 1;
    learn(names, expected, printed);
    recorded.push(`$ paxosctl ${real}`, ...printed);
    if (!RECORD) assert.deepEqual(comparable(printed, perhaps), wanted, `${file}: paxosctl ${command}`);
  }
  if (RECORD) writeFileSync(file, recorded.join('\n'));
  return count;
}

/**
 * The lines that a command prints. On a machine that stands still for a second a cluster elects another leader: what
 * was surely not done, and what nobody could tell, is tried again for a while until it is as the document says.
 */
async function insist(
  words: readonly string[],
  run: ConsoleDocumentOptions['run'],
  isExpected: (printed: readonly string[]) => boolean,
): Promise<string[]> {
  const deadline = performance.now() + AGAIN_MS;
  for (;;) {
    const said = await run(words);
    const printed = linesOf(said);
    if (isExpected(printed) || !mayRepeat(words[0] ?? '', said) || performance.now() > deadline)
      return printed;
    await pause(PAUSE_MS);
  }
}

/** What was answered and is wrong is never asked for again, but for who leads. */
function mayRepeat(command: string, said: Said): boolean {
  if (command === 'status' || isLeaderless(said)) return true;
  return said.code === EXIT.unknown && ASKING.includes(command);
}

function linesOf({ out, error }: Said): string[] {
  return (out + error)
    .trimEnd()
    .split('\n')
    .filter((each) => each !== '' || out !== '');
}

/** The document's ids stand for those of this run. */
function learn(names: Map<string, string>, expected: readonly string[], printed: readonly string[]): void {
  const theirs = expected.join('\n').match(INTRODUCED) ?? [];
  const ours = printed.join('\n').match(INTRODUCED) ?? [];
  if (theirs.length !== ours.length) return;
  for (const [index, name] of theirs.entries()) if (!names.has(name)) names.set(name, ours[index] ?? name);
}

function translated(command: string, names: ReadonlyMap<string, string>): string {
  return command.replaceAll(/\b(?:[0-9a-f]{32}|[0-9a-f]{12})\b/g, (name) => names.get(name) ?? name);
}

/** Words in single quotes are one. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function comparable(lines: readonly string[], perhaps: readonly string[]): string[] {
  return lines
    .filter((line) => !perhaps.some((start) => line.startsWith(start)))
    .map((line) =>
      line
        .replaceAll(/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/g, 'HEX')
        .replaceAll(/\d+(?:\.\d+)?(?: [KMG]i?B\b)?/g, 'N')
        .replaceAll(/\bslots N to N\b/g, 'slot N')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .toSorted();
}
