/** docs/kubernetes.md tells every field, condition, reason and event as they are. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CONDITION_TYPES } from '../operator/src/resource/status/conditions.ts';
import { specTables } from './testing/spec-tables.ts';

const root = path.join(import.meta.dirname, '..');
const file = path.join(root, 'docs/kubernetes.md');
const read = (): string => readFileSync(file, 'utf8');
const BEGIN = '<!-- every field -->\n\n';
const END = '\n\n<!-- end of fields -->';

/** `RECORD=1 npm test -- kubernetes-doc` writes the tables anew. */
test('docs/kubernetes.md lists every field of the spec as it is', () => {
  const page = read();
  const start = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  assert.ok(start >= BEGIN.length && end >= start, 'docs/kubernetes.md has a place for the tables');
  const fresh = page.slice(0, start) + specTables() + page.slice(end);
  if (process.env['RECORD'] === '1') writeFileSync(file, fresh);
  else assert.equal(page, fresh, 'docs/kubernetes.md is stale: RECORD=1 npm test -- kubernetes-doc');
});

test('docs/kubernetes.md shows the production sample as it is', () => {
  const sample = readFileSync(path.join(root, 'manifests/samples/production.yaml'), 'utf8');
  const [, shown] =
    /<!-- manifests\/samples\/production.yaml -->\n\n```yaml\n([\s\S]*?)```/.exec(read()) ?? [];
  assert.equal(shown, sample);
});

test('no condition is ever renamed: docs/kubernetes.md promises each of them, and no other', () => {
  const [, table = ''] = read().split('| condition | healthy | what it says, and its reasons |\n');
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(1);
  assert.deepEqual(
    rows.map((row) => /^\| `(\w+)` /.exec(row)?.[1]),
    CONDITION_TYPES,
  );
});

test('docs/kubernetes.md tells every condition, every reason of one, and every event', () => {
  const page = read();
  const sources = globSync('operator/src/{plan,controller}/**/*.ts', { cwd: root }).filter(
    (name) => !name.endsWith('.test.ts'),
  );
  const reasons = sources.flatMap((name) =>
    [
      ...readFileSync(path.join(root, name), 'utf8').matchAll(
        /\breason: '([A-Z]\w+)'|\bwait\(\s*'([A-Z]\w+)'/g,
      ),
    ].map(([, told, waited]) => told ?? waited ?? ''),
  );
  assert.ok(reasons.includes('QuorumLost') && reasons.includes('WaitingForQuorum'));
  const missing = [...CONDITION_TYPES, ...new Set(reasons)].filter((each) => !page.includes(`\`${each}\``));
  assert.deepEqual(missing, []);
});
