import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { mutate, type Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const nodeFolder = path.join(import.meta.dirname, '..', '..');

test('every mutant still applies: its text stands in its file exactly once', () => {
  for (const mutant of MUTANTS) {
    const text = readFileSync(path.join(nodeFolder, mutant.file), 'utf8');
    assert.notEqual(mutate(text, mutant), text, mutant.name);
  }
});

test('no two mutants have one name', () => {
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
});

test('mutate() refuses a text that is not there, or there twice', () => {
  const mutant: Mutant = { name: 'm', file: 'f.ts', replace: 'a', by: 'b', why: 'because' };
  assert.equal(mutate('xax', mutant), 'xbx');
  assert.throws(() => mutate('x', mutant), /mutant "m" does not apply: its text stands 0 times in f.ts/);
  assert.throws(() => mutate('aa', mutant), /stands 2 times in f.ts/);
});
