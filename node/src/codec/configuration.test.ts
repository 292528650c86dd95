/** Configurations as JSON: what comes back, and what is refused with a name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Corruption } from '../errors.ts';
import { someConfiguration } from './codec.arbitrary.ts';
import { decodeConfiguration, encodeConfiguration } from './configuration.ts';

const MEMBER = {
  id: 1,
  voter: true,
  addresses: { host: 'a', peerPort: 1, redisPort: 1, clusterPort: 1, httpPort: 1, adminPort: 1 },
};

test('a configuration comes back as it was written', () => {
  fc.assert(
    fc.property(someConfiguration, (configuration) => {
      assert.deepEqual(decodeConfiguration(encodeConfiguration(configuration)), configuration);
    }),
  );
});

test('anything that is not a configuration is refused, whatever JSON it is', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      assert.throws(() => decodeConfiguration(Buffer.from(json)), Corruption);
    }),
  );
});

/** None of which is a member's. */
function manyIds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 2 + index);
}

test('as many removed ids as are remembered come back, the oldest first', () => {
  const configuration = { version: 2, alpha: 1, members: [MEMBER], removed: manyIds(1_024) };
  assert.deepEqual(decodeConfiguration(encodeConfiguration(configuration)), configuration);
});

test('what the first version wrote is of version 1 and has removed nobody', () => {
  const written = Buffer.from(JSON.stringify({ alpha: 1, members: [MEMBER] }));
  assert.deepEqual(decodeConfiguration(written), { version: 1, alpha: 1, members: [MEMBER], removed: [] });
});

test('what is wrong is named', () => {
  const { addresses } = MEMBER;
  const member = MEMBER;
  const refusals: [unknown, RegExp][] = [
    [{ alpha: 0, members: [member], removed: [] }, /alpha must be an integer from 1 to 65536: it is 0/],
    [{ alpha: 1, members: [] }, /members must be 1 to 64/],
    [{ alpha: 1, members: Array.from({ length: 65 }, () => member) }, /members must be 1 to 64/],
    [{ alpha: 1, members: [{ ...member, id: 2 ** 48 }] }, /id must be an integer/],
    [{ alpha: 1, members: [{ ...member, voter: 1 }] }, /voter must be a boolean/],
    [{ alpha: 1, members: [{ ...member, addresses: { ...addresses, host: '' } }] }, /host must be/],
    [{ alpha: 1, members: [{ ...member, addresses: { ...addresses, httpPort: 70_000 } }] }, /httpPort must/],
    [{ alpha: 1, members: [member], removed: 'none' }, /removed must be at most 1024 ids/],
    [{ alpha: 1, members: [member], removed: manyIds(1_025) }, /removed must be at most 1024 ids/],
    [{ version: 0, alpha: 1, members: [member] }, /version must be an integer from 1 to 5000: it is 0/],
    [{ alpha: 1, members: [member], removed: [0] }, /removed must be an integer/],
    [{ alpha: 1, members: [member], removed: [2, 1] }, /as a member and as removed/],
  ];
  for (const [value, rule] of refusals) {
    assert.throws(() => decodeConfiguration(Buffer.from(JSON.stringify(value))), rule);
  }
  assert.throws(() => decodeConfiguration(Buffer.from('{')), /not JSON/);
});
