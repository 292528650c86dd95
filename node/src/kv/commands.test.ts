import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arityIsRight } from './command.ts';
import { COMMANDS, commandByCode, commandByName } from './commands.ts';
import { queued } from './commands.arbitrary.ts';
import { INTERNAL } from './internal-codes.ts';
import { STRING_BYTES_MAX } from './limits.ts';
import { ErrorReply, OK, Status } from './reply.ts';
import type { Reply } from './reply.ts';
import { Store } from './store.ts';

const NOW_MS = 1_800_000_000_000;

class Client {
  readonly store = new Store();
  nowMs = NOW_MS;
  call(line: string): Reply {
    const words = line.split(' ').map((word) => (word === "''" ? '' : word));
    const { code, args } = queued(words);
    return this.store.execute(code, args, { nowMs: this.nowMs, random: 0.5 });
  }
  internal(code: number, ...args: string[]): Reply {
    return this.store.execute(code, args, { nowMs: this.nowMs, random: 0.5 });
  }
}

/** Errors as redis-server 7.0.15 words them, on a key `s` that holds `text` and a key `n` that holds 5. */
const ERRORS: readonly (readonly [line: string, message: string])[] = [
  ['GET', "ERR wrong number of arguments for 'get' command"],
  ['SET s 1 EX', 'ERR syntax error'],
  ['SET s 1 NX XX', 'ERR syntax error'],
  ['SET s 1 EX 10 KEEPTTL', 'ERR syntax error'],
  ['SET s 1 EX x', 'ERR value is not an integer or out of range'],
  ['SET s 1 EX 0', "ERR invalid expire time in 'set' command"],
  ['SET s 1 PX 9223372036854775807', "ERR invalid expire time in 'set' command"],
  ['SETEX s -1 v', "ERR invalid expire time in 'setex' command"],
  ['PSETEX s 0 v', "ERR invalid expire time in 'psetex' command"],
  ['GETEX s EX 0', "ERR invalid expire time in 'getex' command"],
  ['GETEX s KEEPTTL', 'ERR syntax error'],
  ['MSET a', "ERR wrong number of arguments for 'mset' command"],
  ['MSET a 1 b', "ERR wrong number of arguments for 'mset' command"],
  ['INCR s', 'ERR value is not an integer or out of range'],
  ['INCRBY n 9223372036854775807', 'ERR increment or decrement would overflow'],
  ['DECRBY n -9223372036854775808', 'ERR decrement would overflow'],
  ['INCRBYFLOAT s 1', 'ERR value is not a valid float'],
  ['INCRBYFLOAT n inf', 'ERR increment would produce NaN or Infinity'],
  ['SETRANGE s -1 x', 'ERR offset is out of range'],
  ['SETRANGE s 536870912 x', 'ERR string exceeds maximum allowed size (proto-max-bulk-len)'],
  ['EXPIRE s 9223372036854776', "ERR invalid expire time in 'expire' command"],
  ['EXPIRE s 10 NX XX', 'ERR NX and XX, GT or LT options at the same time are not compatible'],
  ['EXPIRE s 10 GT LT', 'ERR GT and LT options at the same time are not compatible'],
  ['EXPIRE s 10 AB', 'ERR Unsupported option AB'],
  ['RENAME nothing s', 'ERR no such key'],
  ['COPY s s', 'ERR source and destination objects are the same'],
  ['COPY s t DB 1', 'ERR DB index is out of range'],
  ['SCAN x', 'ERR invalid cursor'],
  ['SCAN 0 COUNT 0', 'ERR syntax error'],
  ['FLUSHALL NOW', 'ERR syntax error'],
  ['OBJECT NOTHING', "ERR unknown subcommand 'NOTHING'. Try OBJECT HELP."],
  ['OBJECT ENCODING', "ERR wrong number of arguments for 'object|encoding' command"],
];

for (const [line, message] of ERRORS) {
  test(`${line} is refused: ${message}`, () => {
    const client = new Client();
    client.call('MSET s text n 5');
    const { revision } = client.store;
    assert.deepEqual(client.call(line), new ErrorReply(message));
    assert.equal(client.store.revision, revision);
  });
}

test('SET keeps a deadline with KEEPTTL and drops it without', () => {
  const client = new Client();
  client.call('SET a 1 EX 100');
  client.call('SET a 2 KEEPTTL');
  assert.equal(client.call('TTL a'), 100);
  client.call('SET a 3');
  assert.equal(client.call('TTL a'), -1);
});

test('SET with GET answers the value before, done or not', () => {
  const client = new Client();
  assert.equal(client.call('SET a 1 GET'), null);
  assert.equal(client.call('SET a 2 NX GET'), '1');
  assert.equal(client.call('SET a 3 XX GET'), '1');
  assert.equal(client.call('GET a'), '3');
});

test('a deadline that has passed deletes the key at once', () => {
  const client = new Client();
  for (const line of ['EXPIRE a -1', 'PEXPIREAT a 1', 'SET a 2 PXAT 1', 'GETEX a EXAT 1']) {
    client.call('SET a 1');
    client.call(line);
    assert.equal(client.call('EXISTS a'), 0, line);
  }
});

test('TTL rounds to the nearest second', () => {
  const client = new Client();
  client.call('SET a 1 PX 1500');
  assert.equal(client.call('TTL a'), 2);
  assert.equal(client.call('PTTL a'), 1500);
  assert.equal(client.call('PEXPIRETIME a'), NOW_MS + 1500);
  client.nowMs += 1001;
  assert.equal(client.call('TTL a'), 0);
});

test('counters are exact beyond 2^53', () => {
  const client = new Client();
  client.call('SET n 9007199254740991');
  assert.equal(client.call('INCR n'), 9007199254740992n);
  assert.equal(client.call('INCR n'), 9007199254740993n);
  assert.equal(client.call('GET n'), '9007199254740993');
  assert.equal(client.call('DECRBY n 9007199254740993'), 0);
});

test('APPEND and SETRANGE end at the limit of a string', () => {
  const client = new Client();
  const tooLong = new ErrorReply('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
  assert.equal(client.call(`SETRANGE a ${STRING_BYTES_MAX - 1} x`), STRING_BYTES_MAX);
  assert.deepEqual(client.call('APPEND a x'), tooLong);
  assert.deepEqual(client.call(`SETRANGE a ${STRING_BYTES_MAX} x`), tooLong);
  assert.deepEqual(client.internal(2, 'b', 'x'.repeat(STRING_BYTES_MAX + 1)), tooLong);
});

test('RENAME carries value and deadline, and overwrites', () => {
  const client = new Client();
  client.call('SET a 1 EX 100');
  client.call('SET b 2');
  assert.equal(client.call('RENAME a b'), OK);
  assert.deepEqual(client.call('MGET a b'), [null, '1']);
  assert.equal(client.call('TTL b'), 100);
});

test('KEYS lists in key order by pattern', () => {
  const client = new Client();
  client.call('MSET user:2 x user:1 x user:10 x other x');
  assert.deepEqual(client.call('KEYS user:?'), ['user:1', 'user:2']);
  assert.deepEqual(client.call('KEYS *'), ['other', 'user:1', 'user:10', 'user:2']);
});

test('TYPE, OBJECT ENCODING and TIME answer as Redis does', () => {
  const client = new Client();
  client.call(`MSET int 12 short text long ${'x'.repeat(45)}`);
  assert.deepEqual(client.call('TYPE int'), new Status('string'));
  assert.deepEqual(client.call('TYPE nothing'), new Status('none'));
  assert.equal(client.call('OBJECT ENCODING int'), 'int');
  assert.equal(client.call('OBJECT ENCODING short'), 'embstr');
  assert.equal(client.call('OBJECT ENCODING long'), 'raw');
  assert.equal(client.call('OBJECT ENCODING nothing'), null);
  assert.deepEqual(client.call('TIME'), ['1800000000', '0']);
});

test('kv.put and kv.delete compare revisions', () => {
  const client = new Client();
  assert.deepEqual(client.internal(INTERNAL.put, 'a', '1', 'absent', '', ''), [1, 1, 1]);
  assert.deepEqual(client.internal(INTERNAL.put, 'a', '2', 'absent', '', ''), [0, 1, 0]);
  assert.deepEqual(client.internal(INTERNAL.put, 'a', '2', 'match', '1', '500'), [1, 2, 0]);
  assert.deepEqual(client.internal(INTERNAL.put, 'a', '3', 'match', '1', ''), [0, 2, 0]);
  assert.deepEqual(client.internal(INTERNAL.get, 'a'), ['2', 1, 2, 2, NOW_MS + 500]);
  assert.deepEqual(client.internal(INTERNAL.delete, 'a', 'match', '1'), [0, 2, 0]);
  assert.deepEqual(client.internal(INTERNAL.delete, 'a', 'match', '2'), [1, 3, 1]);
  assert.deepEqual(client.internal(INTERNAL.delete, 'a', '', ''), [1, 0, 0]);
  assert.deepEqual(client.internal(INTERNAL.delete, 'a', 'exists', ''), [0, 0, 0]);
  assert.equal(client.internal(INTERNAL.get, 'a'), null);
});

test('kv.list gives every key of a prefix once, page by page', () => {
  const client = new Client();
  client.internal(2, '', 'empty');
  for (let index = 0; index < 25; index += 1) client.call(`SET p:${index} ${index}`);
  client.call('SET q x');
  for (const prefix of ['', 'p:']) {
    const found: string[] = [];
    let after = '';
    for (let more: Reply = 1; more === 1;) {
      const page = client.internal(INTERNAL.list, prefix, after, '1', 'keys') as [
        [string, null, number][],
        number,
        0 | 1,
      ];
      found.push(...page[0].map(([key]) => key));
      after = found.at(-1) ?? '';
      more = page[2];
    }
    assert.deepEqual(
      found,
      [...client.store.from(prefix)].map(([key]) => key).filter((key) => key.startsWith(prefix)),
    );
  }
  assert.deepEqual(client.internal(INTERNAL.list, 'q', '', '5', 'values'), [[['q', 'x', 27]], 27, 0]);
});

test('kv.nop changes nothing', () => {
  const client = new Client();
  client.internal(INTERNAL.nop);
  assert.equal(client.store.revision, 0);
});

test('commands are found by name and code, internal ones by code only', () => {
  for (const command of COMMANDS) {
    assert.equal(commandByName(command.name), command);
    assert.equal(commandByCode(command.code), command);
  }
  assert.equal(commandByCode(INTERNAL.put)?.name, 'kv.put');
  assert.equal(commandByName('kv.put'), undefined);
  assert.equal(commandByName('KV.PUT'), undefined);
});

test('arityIsRight follows the convention of Redis', () => {
  const get = commandByName('GET');
  const set = commandByName('SET');
  assert.ok(get !== undefined && set !== undefined);
  assert.deepEqual(
    [0, 1, 2].map((count) => arityIsRight(get, count)),
    [false, true, false],
  );
  assert.deepEqual(
    [1, 2, 5].map((count) => arityIsRight(set, count)),
    [false, true, true],
  );
});
