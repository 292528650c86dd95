/**
 * Random requests as clients send them, good and bad, on few keys so that they meet. No deadline in
 * them passes while a test runs: it is far away or long past, so that two servers agree on it.
 */
import * as fc from 'fast-check';

/** A request's words; one character per byte. */
export type Words = readonly string[];

const key = fc.constantFrom('a', 'b', 'c', 'user:1', 'user:2', '', '\xff\x00');
const integer = fc.oneof(
  { arbitrary: fc.integer({ min: -1000, max: 1000 }).map(String), weight: 6 },
  { arbitrary: fc.maxSafeInteger().map(String), weight: 1 },
  {
    arbitrary: fc.constantFrom(
      '9223372036854775807',
      '-9223372036854775808',
      '9223372036854775808',
      ' 1',
      '01',
      '-0',
    ),
    weight: 1,
  },
  { arbitrary: fc.constantFrom('x', '', '1.5', '0x10', '+1'), weight: 1 },
);
const float = fc.oneof(
  fc.constantFrom('0.1', '-2.5', '1e3', '3', 'x', '', 'nan', 'inf', '1e400', '-0', ' 1'),
  fc.integer({ min: -1000, max: 1000 }).map((value) => String(value / 8)),
);
const value = fc.oneof(
  { arbitrary: integer, weight: 3 },
  { arbitrary: fc.constantFrom('', 'text', '3.5', '\x80\xff\r\n', 'x'.repeat(45)), weight: 2 },
  { arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }), weight: 1 },
);
/** Seconds or milliseconds from now, as long as no test lasts; and refused ones. */
const lifetime = fc.constantFrom('100000', '2000000', '100000000', '0', '-1', 'x', '9223372036854775807');
/** Milliseconds since 1970, in this century; as seconds, far beyond it. */
const absolute = fc.constantFrom(
  '4000000000000',
  '4000000000123',
  '4100000000499',
  '4100000000500',
  '0',
  '-5',
  'x',
);
const offset = fc.oneof(
  fc.integer({ min: -12, max: 12 }).map(String),
  fc.constantFrom('x', '600000000', '-9223372036854775808'),
);
const pattern = fc.constantFrom('*', 'a', 'user:*', 'user:?', '[ab]', '[^a]', '\\*', '');
const condition = fc.constantFrom('NX', 'XX', 'GT', 'LT', 'nx', 'gt', 'YY');

function words(...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<Words> {
  return fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)));
}
const one = (...names: string[]): fc.Arbitrary<string> => fc.constantFrom(...names);

const STRINGS: readonly fc.Arbitrary<Words>[] = [
  words('GET', key),
  words('SET', key, value),
  words('set', key, value, one('NX', 'XX', 'KEEPTTL', 'GET', 'PERSIST', 'keepttl')),
  words('SET', key, value, one('NX', 'XX', 'KEEPTTL'), one('GET', 'NX', 'XX')),
  words('SET', key, value, one('EX', 'PX', 'px'), lifetime),
  words('SET', key, value, one('PXAT', 'EXAT'), one('4000000000000', '4100000000499', '0', '-5', 'x')),
  words('SET', key, value, 'EX', lifetime, one('NX', 'XX', 'KEEPTTL', 'GET', 'PX')),
  words('SETNX', key, value),
  words(one('SETEX', 'PSETEX'), key, lifetime, value),
  words('GETSET', key, value),
  words('GETDEL', key),
  words('GETEX', key),
  words('GETEX', key, one('PERSIST', 'NX', 'KEEPTTL')),
  words('GETEX', key, one('EX', 'PX'), lifetime),
  words('GETEX', key, one('EXAT', 'PXAT'), absolute),
  words('MGET', key, key, key),
  words('MSET', key, value, key, value),
  words('MSET', key, value, key),
  words('MSETNX', key, value, key, value),
  words('APPEND', key, value),
  words('STRLEN', key),
  words(one('GETRANGE', 'SUBSTR'), key, offset, offset),
  words('SETRANGE', key, offset, value),
  words(one('INCR', 'DECR', 'incr'), key),
  words(one('INCRBY', 'DECRBY'), key, integer),
  words('INCRBYFLOAT', key, float),
];

const KEYS: readonly fc.Arbitrary<Words>[] = [
  words(one('DEL', 'UNLINK', 'EXISTS', 'TOUCH'), key, key),
  words('TYPE', key),
  words(one('RENAME', 'RENAMENX'), key, key),
  words('COPY', key, key),
  words('COPY', key, key, one('REPLACE', 'replace', 'nonsense')),
  words('COPY', key, key, 'DB', one('0', 'x')),
  words('DBSIZE'),
  words('KEYS', pattern),
  words('SCAN', '0', 'COUNT', '1000'),
  words('SCAN', '0', 'MATCH', pattern, 'COUNT', '1000'),
  words('SCAN', one('x', '-1', '0'), one('COUNT', 'MATCH', 'nonsense'), one('0', '-1', 'x')),
  words('SCAN', '0', 'TYPE', one('string', 'hash', 'nonsense'), 'COUNT', '1000'),
  words('OBJECT', one('ENCODING', 'encoding', 'FREQ', 'nonsense'), key),
  words(one('FLUSHALL', 'FLUSHDB'), one('ASYNC', 'SYNC', 'nonsense')),
  words(one('EXPIRE', 'PEXPIRE'), key, lifetime),
  words(one('EXPIRE', 'PEXPIRE'), key, lifetime, condition),
  words(one('EXPIREAT', 'PEXPIREAT'), key, absolute),
  words('PEXPIREAT', key, absolute, condition, condition),
  words(one('TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME', 'PERSIST'), key),
];

const CONNECTION: readonly fc.Arbitrary<Words>[] = [
  words('PING'),
  words('PING', value),
  words('ECHO', value),
  words('SELECT', one('0', 'x')),
  words('nonsense', value, key),
];

const TRANSACTION: readonly fc.Arbitrary<Words>[] = [
  words('MULTI'),
  words('EXEC'),
  words('EXEC'),
  words('DISCARD'),
  words('WATCH', key),
  words('WATCH', key, key),
  words('UNWATCH'),
];

/** Too few words, or too many. */
const MISCOUNTED = fc
  .tuple(fc.oneof(...STRINGS, ...KEYS, ...TRANSACTION), fc.boolean())
  .map(([good, more]): Words => (more ? [...good, 'more', 'words'] : good.slice(0, -1)))
  .filter((all) => all.length > 0);

/** Well-formed requests about data. */
export const dataRequestArbitrary: fc.Arbitrary<Words> = fc.oneof(
  { arbitrary: fc.oneof(...STRINGS), weight: 3 },
  { arbitrary: fc.oneof(...KEYS), weight: 1 },
);

export const requestArbitrary: fc.Arbitrary<Words> = fc.oneof(
  { arbitrary: dataRequestArbitrary, weight: 20 },
  { arbitrary: fc.oneof(...TRANSACTION), weight: 4 },
  { arbitrary: MISCOUNTED, weight: 1 },
  { arbitrary: fc.oneof(...CONNECTION), weight: 1 },
);
