/** What documents point at exists, and every invariant that the code names is told. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { IMPORT_TABLE } from './import-table.ts';

const root = path.join(import.meta.dirname, '..');

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function filesOf(pattern: string): string[] {
  return globSync(pattern, {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:node_modules|data|results|\.git)$/.test(name),
  });
}

/** As GitHub makes the name of a heading's anchor. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function brokenLinks(file: string): string[] {
  const text = read(file).replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [name = '', anchor] = target.split('#');
    const linked = name === '' ? file : path.join(path.dirname(file), name);
    if (!existsSync(path.join(root, linked))) return true;
    return anchor !== undefined && !anchorsOf(read(linked)).has(anchor);
  });
}

test('every link between documents leads somewhere', () => {
  const files = filesOf('**/*.md');
  assert.ok(files.includes('README.md'));
  const broken = files.flatMap((file) => brokenLinks(file).map((target) => `${file}: ${target}`));
  assert.deepEqual(broken, []);
});

/** Files that a document names as code, such as `storage/log.ts` or `test/kill.test.ts`. */
test('every file that docs/architecture.md names exists', () => {
  const names = [...read('docs/architecture.md').matchAll(/`([\w./-]+\.ts)`/g)].map(
    (match) => match[1] ?? '',
  );
  const files = filesOf('{node,test}/**/*.ts');
  const missing = names.filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)));
  assert.deepEqual(missing, []);
  const scenarios = [...read('docs/architecture.md').matchAll(/scenarios? `([\w-]+)`(?:, `([\w-]+)`)*/gi)];
  const named = scenarios.flatMap(([text]) =>
    [...text.matchAll(/`([\w-]+)`/g)].map((match) => match[1] ?? ''),
  );
  const lost = named.filter((name) => !existsSync(path.join(root, `node/simulation/scenarios/${name}.txt`)));
  assert.deepEqual(lost, []);
});

/** How assertions, violations and comments name an invariant: in camel case or joined by hyphens, at a text's beginning. */
const ASSERTED = /['`]((?:[A-Z][a-z]+){2,}|[a-z]+(?:-[a-z]+)+)(?:: |'\))/g;
const VIOLATED = /\bViolation\(\s*['`]([A-Za-z]+): /g;
const TOLD = /\binvariants? ((?:[A-Z][a-z]+){2,}(?:, (?:[A-Z][a-z]+){2,})*)/g;

function invariantsIn(text: string): string[] {
  const asserted = [...text.matchAll(ASSERTED)].filter((match) =>
    /\b(?:assert|fail|equal|Error)\([^;]*$/.test(text.slice(0, match.index).slice(-200)),
  );
  const named = [...asserted, ...text.matchAll(VIOLATED)].map((match) => match[1] ?? '');
  const told = [...text.matchAll(TOLD)].flatMap((match) => (match[1] ?? '').split(', '));
  return [...named, ...told];
}

test('docs/architecture.md tells every invariant that an assertion or a checker names', () => {
  const sources = filesOf('node/{src,simulation}/**/*.ts').filter((file) => !file.endsWith('.test.ts'));
  const names = new Set(sources.flatMap((file) => invariantsIn(read(file))));
  for (const name of ['MarkPerBallot', 'StreamOfBallot', 'Agreement', 'settled-once', 'HolesFilled']) {
    assert.ok(names.has(name), name);
  }
  const text = read('docs/architecture.md');
  assert.deepEqual(
    [...names].filter((name) => !text.includes(name)),
    [],
  );
});

test('docs/architecture.md shows a row for every folder of the table of imports', () => {
  const text = read('docs/architecture.md');
  assert.deepEqual(
    Object.keys(IMPORT_TABLE).filter((folder) => !text.includes(`\`${folder}\``)),
    [],
  );
});
