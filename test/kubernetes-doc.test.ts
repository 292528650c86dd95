/** docs/kubernetes.md tells every field, condition, reason and event as they are. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CONDITION_TYPES } from '../operator/src/resource/status/conditions.ts';
import { specTables } from './testing/spec-tables.ts';

const root = path.join(import.meta.dirname, '..');
const file = path.join(root, 'docs/kubernetes.md');
const BEGIN = '<!-- every field -->\n\n';
const END = '\n\n<!-- end of fields -->';

/** `RECORD=1 npm test -- kubernetes-doc` writes the tables anew. */
test('docs/kubernetes.md lists every field of the spec as it is', () => {
  const page = readFileSync(file, 'utf8');
  const start = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  assert.ok(start >= BEGIN.length && end >= start, 'docs/kubernetes.md has a place for the tables');
  const fresh = page.slice(0, start) + specTables() + page.slice(end);
  if (process.env['RECORD'] === '1') writeFileSync(file, fresh);
  else assert.equal(page, fresh, 'docs/kubernetes.md is stale: RECORD=1 npm test -- kubernetes-doc');
});

test('docs/kubernetes.md tells every condition, every reason of one, and every event', () => {
  const page = readFileSync(file, 'utf8');
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
