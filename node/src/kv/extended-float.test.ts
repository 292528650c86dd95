import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addExtended, formatExtended, parseExtended } from './extended-float.ts';

/** As `INCRBYFLOAT` prints it; undefined when a text is refused. Expected values are those of redis-server 7.0.15. */
function sum(left: string, right: string): string | undefined {
  const [first, second] = [parseExtended(left), parseExtended(right)];
  if (first === undefined || second === undefined) return undefined;
  const result = addExtended(first, second);
  return result === 'infinite' ? result : formatExtended(result);
}

const SUMS: readonly (readonly [string, string, string | undefined])[] = [
  ['10.5', '0.1', '10.6'],
  ['0.1', '0.2', '0.3'],
  ['5.0e3', '2.0e2', '5200'],
  ['3', '-3', '0'],
  ['-1', '0.5', '-0.5'],
  ['0x10', '.5', '16.5'],
  ['1e20', '0', '100000000000000000000'],
  ['1e-20', '0', '0'],
  ['-1e-20', '0', '0'],
  ['12345678901234567890', '0.25', '12345678901234567890'],
  ['1e4932', '1e4932', 'infinite'],
  ['inf', '1', 'infinite'],
  ['-inf', 'inf', 'infinite'],
];

for (const [left, right, expected] of SUMS) {
  test(`extended float ${left} + ${right} is ${expected}`, () => assert.equal(sum(left, right), expected));
}

for (const text of ['', ' 1', '1 ', 'nan', '1e', '.', '0x', 'abc', '1e5000', '1e-5000', '1_0', '+-1']) {
  test(`extended float refuses ${JSON.stringify(text)}`, () => assert.equal(parseExtended(text), undefined));
}

test('extended float refuses huge exponents without computing them', () => {
  assert.equal(parseExtended('1e999999999999'), undefined);
  assert.equal(parseExtended('0x1p999999999999'), undefined);
  assert.equal(sum('0e999999999999', '1'), '1');
});

test('extended float keeps 64 bits of mantissa, ties to even', () => {
  // 2^64 + 1 needs 65 bits, and lies halfway: it goes to the even neighbour.
  assert.equal(sum('18446744073709551616', '1'), '18446744073709551616');
  assert.equal(sum('18446744073709551615', '0'), '18446744073709551615');
  assert.equal(sum('18446744073709551616', '3'), '18446744073709551620');
});
