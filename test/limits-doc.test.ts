/** docs/limits.md lists every limit as it is in the sources. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limitsOf, limitsTables } from './testing/limits.ts';

const root = path.join(import.meta.dirname, '..');
const BEGIN = '<!-- every constant -->\n';
const END = '\n<!-- end of constants -->';
/** A row written by hand: what it is, the constant, its value, what happens. */
const ROW = /^(\| [^|]+ \| `(\w+)` \| )([^|]+)( \|)/gm;

/** `RECORD=1 npm test -- limits-doc` writes values and tables anew. */
test('docs/limits.md tells every limit with its present value', () => {
  const file = path.join(root, 'docs/limits.md');
  const page = readFileSync(file, 'utf8');
  const limits = limitsOf(root);
  const start = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  assert.ok(start >= BEGIN.length && end >= start, 'docs/limits.md has a place for the tables');
  const unknown: string[] = [];
  const told = page
    .slice(0, start)
    .replaceAll(ROW, (_row, before: string, name: string, _value, after: string) => {
      const limit = limits.find((each) => each.name === name);
      if (limit === undefined) unknown.push(name);
      return `${before}${limit?.value ?? '?'}${after}`;
    });
  assert.deepEqual(unknown, [], 'docs/limits.md tells of constants that are no more');
  const fresh = told + limitsTables(limits) + page.slice(end);
  if (process.env['RECORD'] === '1') writeFileSync(file, fresh);
  else assert.equal(page, fresh, 'docs/limits.md is stale: RECORD=1 npm test -- limits-doc');
});

test('every limit has its reason beside it', () => {
  const without = limitsOf(root).filter(({ reason }) => reason === '');
  assert.deepEqual(
    without.map(({ name, file }) => `${file}: ${name}`),
    [],
  );
});
