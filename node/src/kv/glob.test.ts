import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Glob } from './glob.ts';

const EXAMPLES: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a*c', 'abbbc', true],
  ['a*c', 'abbbcd', false],
  ['h?llo', 'hello', true],
  ['h?llo', 'hllo', false],
  ['h[ae]llo', 'hallo', true],
  ['h[^e]llo', 'hello', false],
  ['h[a-c]llo', 'hbllo', true],
  ['h[c-a]llo', 'hbllo', true],
  ['[a-]', 'a', true],
  ['[\\]]', ']', true],
  ['[]', 'a', false],
  ['[^]', 'a', true],
  ['[ab', 'b', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a\\', 'a\\', true],
  ['*\xff', '\x00\xff', true],
  ['news.*.*', 'news.sport.today', true],
];

for (const [pattern, text, matches] of EXAMPLES) {
  test(`Glob ${JSON.stringify(pattern)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
    assert.equal(new Glob(pattern).matches(text), matches);
  });
}

/** Tries everything. Classes are left to the examples: here they are one of a few fixed words. */
function naive(tokens: readonly string[], text: string): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return text === '';
  if (token === '*') {
    return naive(rest, text) || (text !== '' && naive(tokens, text.slice(1)));
  }
  if (text === '') return false;
  const character = text.charAt(0);
  const fits =
    token === '?' ||
    token === character ||
    token === `\\${character}` ||
    (token === '[ab]' && 'ab'.includes(character)) ||
    (token === '[^a-b]' && !'ab'.includes(character));
  return fits && naive(rest, text.slice(1));
}

test('Glob matches what a naive matcher matches, and only texts with its prefix', () => {
  const tokens = fc.array(fc.constantFrom('*', '?', 'a', 'b', 'c', '\\a', '\\*', '[ab]', '[^a-b]'), {
    maxLength: 8,
  });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '*'), maxLength: 10 });
  fc.assert(
    fc.property(tokens, text, (pattern, subject) => {
      const glob = new Glob(pattern.join(''));
      assert.equal(glob.matches(subject), naive(pattern, subject));
      if (glob.matches(subject)) assert.ok(subject.startsWith(glob.prefix));
    }),
    { numRuns: 2000 },
  );
});

test('Glob does not blow up on many stars', () => {
  assert.equal(new Glob(`${'a*'.repeat(60)}b`).matches('a'.repeat(3000)), false);
});
