import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseQuantity, wholeUnits } from './quantity.ts';

test('parseQuantity() reads what Kubernetes writes, in thousandths and rounded up', () => {
  const cases: [string, bigint | undefined][] = [
    ['0', 0n],
    ['1', 1_000n],
    ['500m', 500n],
    ['1u', 1n],
    ['1.5', 1_500n],
    ['.5', 500n],
    ['5.', 5_000n],
    ['1k', 1_000_000n],
    ['1Ki', 1_024_000n],
    ['1.5Gi', 1_610_612_736_000n],
    ['1e3', 1_000_000n],
    ['1E-3', 1n],
    ['1E', 10n ** 21n],
    ['2Ei', 2n ** 61n * 1_000n],
    ['+1', 1_000n],
    ['-2Gi', -(2n ** 31n) * 1_000n],
  ];
  for (const [text, thousandths] of cases) assert.equal(parseQuantity(text), thousandths, text);
  for (const text of ['', '.', 'Gi', '1 Gi', '1gi', '1KB', 'ten', '1e', '1e99', '--1', '0x10']) {
    assert.equal(parseQuantity(text), undefined, text);
  }
});

test('wholeUnits() says of an amount of memory how many bytes it is', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.constantFrom(['', 1n], ['k', 1_000n], ['Mi', 2n ** 20n], ['G', 10n ** 9n]),
      (n, unit) => {
        const [suffix, factor] = unit as [string, bigint];
        assert.equal(wholeUnits(`${n}${suffix}`), BigInt(n) * factor);
      },
    ),
  );
  assert.equal(wholeUnits('1500m'), 2n);
  assert.throws(() => wholeUnits('ten'), /"ten" is no quantity/);
});
