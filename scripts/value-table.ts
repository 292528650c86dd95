/**
 * The values of a chart as a table for its README, made of the comments in `values.yaml`: a comment that begins with `# --` stands
 * above the value that it explains, and goes on over the lines until there.
 */
import { load } from 'js-yaml';

export interface ValueRow {
  /** `image.tag`. */
  readonly path: string;
  readonly fallback: unknown;
  readonly meaning: string;
}

/** Where the table stands in a README. */
const BEGIN = '<!-- values: made by `npm run manifests` -->';
const END = '<!-- end of values -->';

const COMMENT = /^\s*# -- (.*)$/;
const COMMENT_CONTINUED = /^\s*# (.*)$/;
/** A key in block style, perhaps commented out: then it has no value unless it is given one. */
const KEY = /^(\s*)([A-Za-z][\w.-]*):(?:\s|$)/;

/** @throws {Error} on a comment that explains nothing */
export function valueRows(text: string): ValueRow[] {
  const values: unknown = load(text);
  const rows: ValueRow[] = [];
  /** The keys around the current line, with their indentation. */
  const path: { name: string; indentation: number }[] = [];
  let meaning: string | undefined;
  for (const line of text.split('\n')) {
    const begun = COMMENT.exec(line);
    const continued = COMMENT_CONTINUED.exec(line);
    const key = KEY.exec(line);
    if (begun !== null) meaning = begun[1] ?? '';
    else if (continued !== null && meaning !== undefined) meaning = `${meaning} ${continued[1]}`;
    else if (key !== null) {
      const indentation = key[1]?.length ?? 0;
      while ((path.at(-1)?.indentation ?? -1) >= indentation) path.pop();
      path.push({ name: key[2] ?? '', indentation });
      if (meaning === undefined) continue;
      const names = path.map(({ name }) => name);
      rows.push({ path: names.join('.'), fallback: valueAt(values, names), meaning });
      meaning = undefined;
    } else if (meaning !== undefined) throw new Error(`"${meaning}" explains nothing: "${line}" follows it`);
  }
  return rows;
}

function valueAt(values: unknown, names: readonly string[]): unknown {
  return names.reduce(
    (value, name) => (value as Record<string, unknown> | null | undefined)?.[name] ?? undefined,
    values,
  );
}

/** Every value that can be set has an explanation, its own or that of what it is in; those that have none. */
export function unexplained(text: string): string[] {
  const explained = valueRows(text).map(({ path }) => path);
  return leavesOf(load(text)).filter(
    (leaf) => !explained.some((path) => leaf === path || leaf.startsWith(`${path}.`)),
  );
}

/** Paths of all values that are no maps, or empty ones. */
export function leavesOf(value: unknown, path: readonly string[] = []): string[] {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  if (entries.length === 0) return [path.join('.')];
  return entries.flatMap(([name, each]) => leavesOf(each, [...path, name]));
}

/** The README with the table of today's values in it. */
export function readmeWith(readme: string, rows: readonly ValueRow[]): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`the README has no "${BEGIN}" and "${END}"`);
  const lines = rows.map(
    ({ path, fallback, meaning }) => `| \`${path}\` | ${cell(fallback)} | ${escaped(meaning)} |`,
  );
  const table = ['| Value | Default | Meaning |', '| --- | --- | --- |', ...lines].join('\n');
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

function cell(fallback: unknown): string {
  return fallback === undefined ? '' : `\`${escaped(JSON.stringify(fallback))}\``;
}

function escaped(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
