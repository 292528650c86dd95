/**
 * The limits of the product, read from its sources: constants whose names end as those of limits and times do, with
 * their values and the reasons that stand beside them.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

export interface Limit {
  readonly name: string;
  /** Below `node/src`. */
  readonly file: string;
  /** For people: `8 MiB`, `1.5 s`, `10,000`. */
  readonly value: string;
  /** The comment beside it. */
  readonly reason: string;
}

/** What ends like a limit and is a layout of bytes, a word of a protocol or an amount of a unit. */
const NO_LIMIT =
  /^(?:(?:\w+_)?(?:BODY|COUNT|END|ENTRY_FIELDS|FIXED|HEADER)|ARGUMENT|BALLOT|BATCH_RECORD|CHANNEL|CLUSTER_ID|DELETION|ELEMENT|ENTRY_OVERHEAD|INITIAL|INT64|KEY|LENGTH_AND_CHECKSUM|MICROSECONDS_PER|PING|SECTOR|START_RECORD)_(?:BYTES|MS|MAX)$/;
const LIMIT = /(?:_MAX|_MIN|_MS|_BYTES|Max|Min|Ms|Bytes|_SLICE)$/;
const CONSTANT = /^(?:export )?const ([A-Za-z_0-9]+)(?:: \w+)? =\s([^;]+);$/gm;

export function limitsOf(root: string): Limit[] {
  const sources = globSync('node/src/**/*.ts', { cwd: root })
    .filter((file) => !/(?:\.test|\.contract|\.fixture|\.arbitrary|-under-test)\.ts$|\/testing\//.test(file))
    .toSorted()
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
  const everywhere = new Map<string, string>();
  for (const { text } of sources)
    for (const [, name, value] of text.matchAll(CONSTANT)) everywhere.set(name ?? '', value ?? '');
  return sources.flatMap(({ file, text }) => limitsIn(file, text, everywhere));
}

function limitsIn(file: string, text: string, everywhere: ReadonlyMap<string, string>): Limit[] {
  const here = new Map([...text.matchAll(CONSTANT)].map(([, name, value]) => [name ?? '', value ?? '']));
  const scope = new Map([...everywhere, ...here]);
  const limits: Limit[] = [];
  for (const match of text.matchAll(CONSTANT)) {
    const [, name = '', expression = ''] = match;
    if (!LIMIT.test(name) || NO_LIMIT.test(name)) continue;
    const value = valueOf(expression, scope);
    if (value === undefined) continue;
    const reason = commentBefore(text, match.index);
    limits.push({ name, file: file.replace('node/src/', ''), value: shown(name, value), reason });
  }
  return limits;
}

/** A number made of numbers and of other constants; undefined for anything else. */
function valueOf(expression: string, scope: ReadonlyMap<string, string>): number | undefined {
  if (!/^[\w\s.*+/()-]+$/.test(expression)) return undefined;
  const plain = expression.replaceAll(/(?<=\d)_(?=\d)/g, '');
  const names = plain.match(/(?<![\w.])[A-Za-z_]\w*/g) ?? [];
  const values: Record<string, number> = {};
  for (const name of names) {
    const inner = scope.get(name);
    const value = inner === undefined || inner === expression ? undefined : valueOf(inner, scope);
    if (value === undefined) return undefined;
    values[name] = value;
  }
  const result: unknown = runInNewContext(plain, values);
  return typeof result === 'number' ? result : undefined;
}

/** The comment right before the line, or, for one of a group, before the group. */
function commentBefore(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n').slice(0, -1);
  while (/^(?:export )?const .*;$/.test(lines.at(-1) ?? '')) lines.pop();
  const comment: string[] = [];
  while (/^(?:\/\*\*| \*|\/\/)/.test(lines.at(-1) ?? '')) {
    const line = lines.pop() ?? '';
    comment.unshift(line);
    if (line.startsWith('/**')) break;
  }
  return comment
    .map((line) =>
      line
        .replace(/^(?:\/\*\*| \*\/| \*|\/\/)/, '')
        .replace(/\*\/$/, '')
        .trim(),
    )
    .join(' ')
    .trim()
    .replaceAll('|', '\\|');
}

function shown(name: string, value: number): string {
  if (/bytes/i.test(name)) return amount(value, ['bytes', 'KiB', 'MiB', 'GiB'], 1024);
  if (/Ms(?:Max|Min)?$|_MS(?:_|$)/.test(name)) return duration(value);
  return value.toLocaleString('en');
}

function amount(value: number, units: readonly string[], step: number): string {
  let unit = 0;
  let left = value;
  while (left >= step && left % (step / 64) === 0 && unit < units.length - 1) {
    left /= step;
    unit += 1;
  }
  return `${left.toLocaleString('en')} ${units[unit]}`;
}

function duration(ms: number): string {
  if (ms >= 86_400_000) return `${(ms / 86_400_000).toLocaleString('en')} days`;
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`;
}

/** One Markdown table for each folder. */
export function limitsTables(limits: readonly Limit[]): string {
  const folders = Map.groupBy(limits, ({ file }) =>
    file.includes('/') ? path.dirname(file).split('/')[0] : '.',
  );
  return [...folders]
    .map(([folder, rows]) => {
      const lines = rows.map(
        ({ name, value, reason, file }) => `| \`${name}\` | ${value} | ${reason} | \`${file}\` |`,
      );
      const title = folder === '.' ? 'The program' : `\`${folder}\``;
      return [
        `### ${title}`,
        '',
        '| constant | value | why | where |',
        '| --- | --- | --- | --- |',
        ...lines,
      ].join('\n');
    })
    .join('\n\n');
}
