/** The repository tests its own tidiness, and the checks are tested with planted mistakes. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { faultsOfDocument, faultsOfSource, faultsOfText } from './tidiness.ts';

/** In two parts, so that this file passes the checks itself. */
const LEFT_OVER = ['TO', 'DO'].join('');
const MACHINE_FOLDER = ['/wo', 'rk'].join('');

const root = path.join(import.meta.dirname, '..');

function filesOf(pattern: string): string[] {
  return globSync(pattern, {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:node_modules|data|results|\.git)$/.test(name),
  })
    .map((file) => file.replaceAll(path.sep, '/'))
    .toSorted();
}

function faultsIn(files: readonly string[], check: (file: string, text: string) => string[]): string[] {
  return files.flatMap((file) => check(file, readFileSync(path.join(root, file), 'utf8')));
}

test('every source file follows the table of imports, is small, pure where it must be, and finished', () => {
  const files = filesOf('{node,operator,bench,monitoring,scripts,test}/**/*.ts');
  assert.ok(files.includes('test/tidiness.ts'));
  assert.deepEqual(faultsIn(files, faultsOfSource), []);
});

test('every document has a title and is finished', () => {
  assert.deepEqual(faultsIn(filesOf('**/*.md'), faultsOfDocument), []);
});

test('no other file holds what is left over or exists on one machine only', () => {
  const files = filesOf(
    '{*.json,.*.json,.ci/*,Dockerfile.*,.dockerignore,**/*.{mjs,yaml,yml,sh},{node,operator}/package.json}',
  );
  assert.ok(files.includes('package.json') && files.includes('.ci/run'));
  assert.deepEqual(
    faultsIn(
      files.filter((file) => file !== 'package-lock.json'),
      faultsOfText,
    ),
    [],
  );
});

test('faultsOfSource() finds an import against the arrows', () => {
  assert.deepEqual(faultsOfSource('node/src/paxos/a.ts', "import { open } from 'node:fs';\n"), [
    'node/src/paxos/a.ts: node/src/paxos must not import node:fs',
  ]);
  assert.deepEqual(faultsOfSource('node/src/storage/a.ts', "export {\n  x,\n} from '../kv/x.ts';\n"), [
    'node/src/storage/a.ts: node/src/storage must not import node/src/kv/x.ts',
  ]);
  assert.deepEqual(faultsOfSource('node/src/resp/a.ts', "import { x } from '../paxos/x.ts';\n"), [
    'node/src/resp/a.ts: node/src/resp must not import node/src/paxos/x.ts (`import type` is allowed)',
  ]);
  assert.deepEqual(faultsOfSource('node/src/main.ts', "await import('../simulation/x.ts');\n"), [
    'node/src/main.ts: node/src must not import node/simulation/x.ts',
  ]);
  assert.deepEqual(faultsOfSource('node/src/kv/a.test.ts', "import { x } from '../../local/x.ts';\n"), [
    'node/src/kv/a.test.ts: a test in node/src must not import node/local/x.ts',
  ]);
});

test('faultsOfSource() finds shipped code that imports a test or its tools', () => {
  assert.deepEqual(faultsOfSource('node/src/kv/a.ts', "import { x } from './a.arbitrary.ts';\n"), [
    'node/src/kv/a.ts: only a test may import node/src/kv/a.arbitrary.ts',
  ]);
});

test('faultsOfSource() lets pass what the table allows', () => {
  assert.deepEqual(faultsOfSource('node/src/resp/a.ts', "import type { X } from '../paxos/x.ts';\n"), []);
  assert.deepEqual(faultsOfSource('node/src/paxos/a.ts', "import assert from 'node:assert/strict';\n"), []);
  assert.deepEqual(
    faultsOfSource('node/src/paxos/a.ts', "// import x from 'node:fs'\nimport './b.ts';\n"),
    [],
  );
  assert.deepEqual(faultsOfSource('node/src/kv/commands/a.ts', "import { b } from '../b.ts';\n"), []);
  assert.deepEqual(faultsOfSource('node/src/link/a.test.ts', "import fc from 'fast-check';\n"), []);
});

test('faultsOfSource() finds a folder that the table does not know', () => {
  assert.deepEqual(faultsOfSource('node/src/extras/a.ts', ''), [
    'node/src/extras/a.ts: its folder is not in the table of imports',
  ]);
  assert.deepEqual(faultsOfSource('tools/a.ts', ''), [
    'tools/a.ts: its folder is not in the table of imports',
  ]);
});

test('faultsOfSource() finds what is not pure, but neither in comments nor in texts', () => {
  assert.deepEqual(faultsOfSource('node/src/kv/a.ts', 'const a = Date.now();\n'), [
    'node/src/kv/a.ts is in a pure folder and holds "Date."',
  ]);
  assert.deepEqual(faultsOfSource('node/src/kv/a.ts', 'const a = Math.random();\n'), [
    'node/src/kv/a.ts is in a pure folder and holds "Math.random"',
  ]);
  assert.deepEqual(
    faultsOfSource(
      'node/src/kv/a.ts',
      "// Date\n/* async */ const a = 'process' + `console` + b.performance;\n",
    ),
    [],
  );
});

test('faultsOfSource() finds long files, long functions and drawers', () => {
  assert.deepEqual(faultsOfSource('bench/a.ts', '\n'.repeat(400) + 'x\n'), [
    'bench/a.ts has 401 lines, more than 400',
  ]);
  const long = `class A {\n  async run(\n    x: number,\n  ): Promise<void> {\n${'    x();\n'.repeat(70)}  }\n}\n`;
  assert.deepEqual(faultsOfSource('bench/a.ts', long), [
    'bench/a.ts:4 begins a function of 72 lines, more than 70',
  ]);
  const arrow = `const a = (x: number): void => {\n${'  x();\n'.repeat(69)}};\n`;
  assert.deepEqual(faultsOfSource('bench/a.ts', arrow), [
    'bench/a.ts:1 begins a function of 71 lines, more than 70',
  ]);
  assert.deepEqual(faultsOfSource('bench/utils.ts', ''), ['bench/utils.ts is a drawer: name what it holds']);
});

test('faultsOfText() finds unfinished work and paths of one machine', () => {
  assert.deepEqual(faultsOfText('a.md', `x\n${LEFT_OVER} y\n`), [
    'a.md:2 is left over: do it, or write down why not',
  ]);
  assert.deepEqual(faultsOfText('a.md', `see ${MACHINE_FOLDER}/main\n`), [
    'a.md:1 holds a path that exists on one machine only',
  ]);
  assert.deepEqual(faultsOfText('a.md', `see docs${MACHINE_FOLDER}/x\n`), []);
});

test('faultsOfDocument() wants a title', () => {
  assert.deepEqual(faultsOfDocument('a.md', 'text\n'), ['a.md has no title']);
  assert.deepEqual(faultsOfDocument('a.md', '# Title\n\ntext\n'), []);
});
