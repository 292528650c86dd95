import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { NodeError } from '../errors.ts';
import {
  HELLO_BYTES_MAX,
  encodeHello,
  encodeRefusal,
  parseFirstFrame,
  parseHello,
  refusalOf,
} from './hello.ts';
import type { Hello } from './hello.ts';

const ADDRESSES = {
  host: 'node-1.peers',
  peerPort: 7379,
  redisPort: 6379,
  clusterPort: 5379,
  httpPort: 8379,
  adminPort: 9379,
};
const MINE: Hello = {
  purpose: 'consensus',
  cluster: 'c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1',
  sender: 0x1,
  process: '00000000000000aa',
  receiver: undefined,
  bootstrapped: true,
  start: 3,
  promised: { round: 7, replica: 0xb0b },
  held: 41,
  supports: 2,
  addresses: ADDRESSES,
  nonce: undefined,
};
const THEIRS: Hello = { ...MINE, sender: 0xb0b, process: '00000000000000bb', receiver: 0x1 };

const hellos: fc.Arbitrary<Hello> = fc.record(
  {
    purpose: fc.constantFrom('consensus', 'bulk', 'probe'),
    cluster: fc.option(fc.stringMatching(/^[0-9a-f]{32}$/), { nil: undefined }),
    sender: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
    process: fc.stringMatching(/^[0-9a-f]{16}$/),
    receiver: fc.option(fc.integer({ min: 1, max: 2 ** 48 - 1 }), { nil: undefined }),
    bootstrapped: fc.boolean(),
    start: fc.nat(),
    promised: fc.record(
      { round: fc.integer({ min: 0, max: 2 ** 48 - 1 }), replica: fc.integer({ min: 0, max: 2 ** 48 - 1 }) },
      { noNullPrototype: true },
    ),
    held: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    supports: fc.nat(),
    addresses: fc.constant(ADDRESSES),
    nonce: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined }),
  },
  { noNullPrototype: true },
);

test('parseFirstFrame() reads back every hello that encodeHello() writes, within the size limit', () => {
  fc.assert(
    fc.property(hellos, (hello) => {
      const text = encodeHello(hello);
      assert.ok(text.length <= HELLO_BYTES_MAX);
      assert.deepEqual(parseFirstFrame(text), { kind: 'hello', hello });
    }),
  );
});

test('parseFirstFrame() answers any text with a frame or a typed error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseFirstFrame(text);
      } catch (error) {
        assert.ok(error instanceof NodeError, String(error));
      }
    }),
  );
});

test('parseHello() names the field, the value and the rule', () => {
  const fields = JSON.parse(encodeHello(THEIRS)) as Record<string, unknown>;
  const cases: [string, unknown, RegExp][] = [
    ['protocol', 'http', /hello\.protocol must be "paxoskv-peer": it is "http"/],
    ['version', 2, /hello\.version must be 1: it is 2/],
    ['authentication', 'token', /hello\.authentication must be "none" or "hmac-sha256": it is "token"/],
    ['authentication', 'hmac-sha256', /hello\.nonce must be 64 hexadecimal digits: it is null/],
    ['nonce', 'ab'.repeat(32), /hello\.nonce must be null, the authentication being "none": it is "ab/],
    ['purpose', 'chat', /hello\.purpose must be "consensus", "bulk" or "probe": it is "chat"/],
    ['cluster', '', /hello\.cluster must be 32 hexadecimal digits or null: it is ""/],
    ['sender', 'B0B', /hello\.sender must be 12 hexadecimal digits: it is "B0B"/],
    ['sender', '000000000000', /hello\.sender must not be zero/],
    ['process', undefined, /hello\.process must be 16 hexadecimal digits: it is undefined/],
    ['receiver', 7, /hello\.receiver must be 12 hexadecimal digits: it is 7/],
    ['bootstrapped', 1, /hello\.bootstrapped must be a boolean: it is 1/],
    ['addresses', { ...ADDRESSES, redisPort: 0 }, /redisPort must be an integer from 1 to 65535: it is 0/],
  ];
  for (const [field, value, message] of cases) {
    assert.throws(
      () => parseHello({ ...fields, [field]: value }),
      (error) => error instanceof NodeError && message.test(error.message),
      field,
    );
  }
});

test('parseHello() ignores fields that a later version may add', () => {
  const fields = JSON.parse(encodeHello(THEIRS)) as Record<string, unknown>;
  assert.deepEqual(parseHello({ ...fields, shoeSize: 43 }), THEIRS);
});

test('refusalOf() accepts a peer of the same cluster, and one of the two that has none yet', () => {
  assert.equal(refusalOf(MINE, THEIRS), undefined);
  assert.equal(refusalOf({ ...MINE, cluster: undefined }, THEIRS), undefined);
  assert.equal(refusalOf(MINE, { ...THEIRS, cluster: undefined }), undefined);
});

test('refusalOf() refuses another cluster, another receiver, no receiver and itself', () => {
  assert.match(
    refusalOf(MINE, { ...THEIRS, cluster: 'c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2' }) ?? '',
    /you belong to cluster c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2, .* cluster c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1/,
  );
  assert.match(
    refusalOf(MINE, { ...THEIRS, receiver: 0x2 }) ?? '',
    /you want replica 000000000002, this is 000000000001/,
  );
  assert.match(refusalOf(MINE, { ...THEIRS, receiver: undefined }) ?? '', /must name its receiver/);
  assert.match(
    refusalOf(MINE, { ...THEIRS, sender: 0x1 }) ?? '',
    /you say that you are replica 000000000001/,
  );
});

test('refusalOf() answers every probe, of another cluster and of its own id too', () => {
  assert.equal(
    refusalOf(MINE, { ...MINE, purpose: 'probe', cluster: 'c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2' }),
    undefined,
  );
});

test('a refusal says whether the process must end, and an unknown end is none', () => {
  for (const ends of ['removed', 'forgot', 'superseded'] as const) {
    const text = encodeRefusal({ reason: 'because', ends });
    assert.deepEqual(parseFirstFrame(text), { kind: 'refused', reason: 'because', ends });
  }
  const unknown = parseFirstFrame('{"refused":"because","ends":"bored"}');
  assert.deepEqual(unknown, { kind: 'refused', reason: 'because' });
});

test('encodeRefusal() cuts a long reason', () => {
  const frame = parseFirstFrame(encodeRefusal({ reason: 'x'.repeat(10_000) }));
  assert.equal(frame.kind === 'refused' && frame.reason.length, 300);
});
