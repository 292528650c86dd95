/**
 * Checks what types and linters cannot: that imports follow the table, that the core is pure, that
 * files and functions stay small. Each check takes a file's path and text and answers with
 * sentences, one for each fault.
 */
import path from 'node:path';
import { IMPORT_TABLE, IMPORTED_ANYWHERE, NEVER_SHIPPED, PURE_FOLDERS } from './import-table.ts';

/** What fits in a head. Tests are lists of cases and may be longer. */
const FILE_LINES_MAX = 400;
const TEST_FILE_LINES_MAX = 600;
/** What fits on a screen. */
const FUNCTION_LINES_MAX = 70;

/** Names of files that end up holding everything: if an idea has no home, it needs a name. */
const DRAWER = /^(?:utils?|helpers?|common|shared|misc|types|index)$/;
const IMPURE =
  /\b(?:async|await|Promise|setTimeout|setInterval|setImmediate|queueMicrotask)\b|\b(?:Date|performance|process|console)\.|\bnew Date\b|\bMath\.random\b/;
/** Written so that this file doesn't hold the words itself. */
const LEFT_OVER = /\b(?:TO[D]O|FIX[M]E|XX[X])\b/;
const MACHINE_PATH = /(?<![\w.])\/(?:work|root)\//;

const IMPORT =
  /^(?:import|export)\s+(type\s)?[^'";]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

interface Import {
  /** A path from the root of the repository, or the name of a package. */
  readonly target: string;
  readonly typeOnly: boolean;
}

/** `file` is a path from the root of the repository, with forward slashes. */
export function faultsOfSource(file: string, text: string): string[] {
  const code = withoutComments(text);
  return [
    ...faultsOfImports(file, code),
    ...faultsOfPurity(file, code),
    ...faultsOfSize(file, text),
    ...faultsOfName(file),
    ...faultsOfText(file, text),
  ];
}

/** Faults that a file of any kind can have. */
export function faultsOfText(file: string, text: string): string[] {
  const faults: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${file}:${index + 1}`;
    if (LEFT_OVER.test(line)) faults.push(`${where} is left over: do it, or write down why not`);
    if (MACHINE_PATH.test(line)) faults.push(`${where} holds a path that exists on one machine only`);
  }
  return faults;
}

export function faultsOfDocument(file: string, text: string): string[] {
  return /^# \S/.test(text)
    ? faultsOfText(file, text)
    : [`${file} has no title`, ...faultsOfText(file, text)];
}

function faultsOfImports(file: string, code: string): string[] {
  const faults: string[] = [];
  const row = rowOf(path.posix.dirname(file));
  if (row === undefined) return [`${file}: its folder is not in the table of imports`];
  const allowed = IMPORT_TABLE[row] ?? [];
  for (const imported of importsOf(file, code)) {
    if (isTest(file)) {
      const shipped = file.startsWith('node/src/');
      if (shipped && NEVER_SHIPPED.some((folder) => imported.target.startsWith(folder))) {
        faults.push(`${file}: a test in node/src must not import ${imported.target}`);
      }
    } else if (isTest(imported.target)) {
      faults.push(`${file}: only a test may import ${imported.target}`);
    } else if (!isAllowed(imported, row, allowed)) {
      faults.push(`${file}: ${row} must not import ${imported.target}${typeHint(imported, row, allowed)}`);
    }
  }
  return faults;
}

function isAllowed({ target, typeOnly }: Import, row: string, allowed: readonly string[]): boolean {
  if (target === IMPORTED_ANYWHERE || rowOf(path.posix.dirname(target)) === row) return true;
  return allowed.some((entry) => {
    const name = entry.replace(/^type /, '');
    if (name !== entry && !typeOnly) return false;
    return /[/:]$/.test(name) ? target.startsWith(name) : target === name;
  });
}

function typeHint(imported: Import, row: string, allowed: readonly string[]): string {
  return isAllowed({ ...imported, typeOnly: true }, row, allowed) ? ' (`import type` is allowed)' : '';
}

/** A folder is ruled by its own row or by its nearest parent's, except that the composition roots have no heirs. */
function rowOf(folder: string): string | undefined {
  if (folder in IMPORT_TABLE) return folder;
  const parent = path.posix.dirname(folder);
  return parent === '.' || parent === 'node/src' || parent === 'operator/src' ? undefined : rowOf(parent);
}

function importsOf(file: string, code: string): Import[] {
  return [...code.matchAll(IMPORT)].map(([, type, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? '';
    const target = specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), specifier)
      : specifier;
    return { target, typeOnly: type !== undefined };
  });
}

function faultsOfPurity(file: string, code: string): string[] {
  if (isTest(file) || !PURE_FOLDERS.some((folder) => file.startsWith(`${folder}/`))) return [];
  const found = IMPURE.exec(withoutStringsAndProperties(code));
  return found === null ? [] : [`${file} is in a pure folder and holds "${found[0]}"`];
}

function faultsOfSize(file: string, text: string): string[] {
  const lines = text.trimEnd().split('\n');
  const linesMax = isTest(file) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
  const faults = lines.length > linesMax ? [`${file} has ${lines.length} lines, more than ${linesMax}`] : [];
  if (isTest(file)) return faults;
  for (const [start, line] of lines.entries()) {
    // The formatter puts a block's end at the indentation of its beginning.
    const indentation = /^( *)\S.*(?:\)|\): .+|=>) \{$|^( *)\): .+ \{$/
      .exec(line)
      ?.slice(1)
      .find((each) => each !== undefined);
    if (indentation === undefined) continue;
    const length = lines.slice(start).findIndex((each) => each.startsWith(`${indentation}}`)) + 1;
    if (length > FUNCTION_LINES_MAX) {
      faults.push(
        `${file}:${start + 1} begins a function of ${length} lines, more than ${FUNCTION_LINES_MAX}`,
      );
    }
  }
  return faults;
}

function faultsOfName(file: string): string[] {
  const name = path.posix.basename(file).replace(/\..*/, '');
  return DRAWER.test(name) ? [`${file} is a drawer: name what it holds`] : [];
}

/** Tests, and what exists for their sake: contract suites, generators of values, stand-ins. */
function isTest(file: string): boolean {
  return /\.(?:test|contract|arbitrary)\.ts$/.test(file) || file.includes('/testing/');
}

/** Quotes, templates and comments, whichever begins first: what looks like one inside another is none. */
const STRING_OR_COMMENT =
  /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`)|\/\*[\s\S]*?\*\/|\/\/.*/g;

function withoutComments(text: string): string {
  return text.replaceAll(STRING_OR_COMMENT, (_, string: string | undefined) => string ?? '');
}

/** A word in a text or the name of a property does nothing. */
function withoutStringsAndProperties(code: string): string {
  return code.replaceAll(STRING_OR_COMMENT, "''").replaceAll(/(?<!\.)\.(?!random\b)[\w#]+/g, '.');
}
