import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { addIntegers, multiplyIntegers, negateInteger, parseInteger } from './integer.ts';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const int64 = fc.oneof(
  fc.bigInt({ min: MIN, max: MAX }),
  fc.bigInt({ min: -5n, max: 5n }),
  fc.bigInt({ min: 2n ** 53n - 5n, max: 2n ** 53n + 5n }),
  fc.bigInt({ min: MAX - 5n, max: MAX }),
  fc.bigInt({ min: MIN, max: MIN + 5n }),
);

function inRange(value: bigint): bigint | undefined {
  return value < MIN || value > MAX ? undefined : value;
}

function widened(value: number | bigint | undefined): bigint | undefined {
  if (typeof value === 'number') assert.ok(Number.isSafeInteger(value));
  return value === undefined ? undefined : BigInt(value);
}

test('parseInteger reads every 64-bit integer exactly', () => {
  fc.assert(fc.property(int64, (value) => assert.equal(widened(parseInteger(value.toString())), value)));
});

for (const text of [
  '',
  '-',
  '+1',
  '01',
  '-0',
  '-01',
  ' 1',
  '1 ',
  '1.0',
  '1e3',
  '0x1',
  '9223372036854775808',
]) {
  test(`parseInteger refuses ${JSON.stringify(text)}`, () => assert.equal(parseInteger(text), undefined));
}

test('addIntegers, multiplyIntegers and negateInteger agree with bigints, and say when 64 bits are left', () => {
  fc.assert(
    fc.property(int64, int64, (left, right) => {
      const [a, b] = [parseInteger(left.toString()) ?? 0, parseInteger(right.toString()) ?? 0];
      assert.equal(widened(addIntegers(a, b)), inRange(left + right));
      assert.equal(widened(multiplyIntegers(a, b)), inRange(left * right));
      assert.equal(widened(negateInteger(a)), inRange(-left));
    }),
  );
});
