/** The same requests to us and to a real Redis, where one is installed: the answers must be the same bytes. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { RawClient } from '../testing/raw-client.ts';
import { REDIS, startRedis } from '../testing/redis-server.ts';
import { runServer } from '../testing/running-server.ts';
import { StoreDoor } from '../testing/store-door.ts';

const EXCHANGES: readonly (readonly string[])[] = [
  ['ping', 'PING hello', 'ping a b', 'echo hi', 'echo'],
  ['hello 4', 'hello x', 'hello 2 setname', 'hello 2 nonsense', 'hello 3 auth nobody x'],
  ['auth x', 'auth default x', 'auth nobody x', 'auth a b c'],
  ['select 0', 'select 99', 'select x', 'select'],
  [
    'client getname',
    'client setname me',
    'client getname',
    '"client" setname "a b"',
    'client setname ""',
    'client getname',
  ],
  [
    'client reply off',
    'ping',
    'client reply on',
    'ping',
    'client reply skip',
    'ping',
    'ping',
    'client reply maybe',
  ],
  [
    'client nonsense',
    'client',
    'client id x',
    'client kill id 0',
    'client kill 1.2.3.4:5',
    'client kill id 99999',
    'client kill nonsense x',
  ],
  [
    'client getredir',
    'client caching yes',
    'client no-evict on',
    'client no-evict x',
    'client trackinginfo',
    'client list type nonsense',
  ],
  [
    'multi',
    'multi',
    'watch a',
    'exec',
    'exec',
    'discard',
    'multi',
    'get',
    'exec',
    'multi',
    'nonsense a',
    'set a 1',
    'exec',
  ],
  ['multi', 'ping', 'set a 1', 'get a', 'unwatch', 'incr b', 'exec', 'get a'],
  ['multi', 'client nonsense', 'ping', 'reset', 'exec'],
  ['set a x', 'multi', 'incr a', 'set a y', 'exec', 'get a'],
  [
    'nonsense',
    'nonsense a b',
    `nonsense ${'long'.repeat(60)} b`,
    `${'long'.repeat(60)} a`,
    '"multi\\nline" "a\\r\\nb"',
  ],
  [
    'config get maxmemory',
    'config get appendfsync-nonsense',
    'config get',
    'config nonsense',
    'config set maxmemory',
    'config set nonsense 1',
    'config resetstat',
  ],
  ['wait', 'wait 0 -1', 'wait x 1'],
  ['slowlog len', 'slowlog reset', 'slowlog get', 'latency latest', 'latency reset'],
  [
    'command getkeys set a b',
    'command getkeys mset a 1 b 2',
    'command getkeys ping',
    'command getkeys ping x',
    'command getkeys nonsense x',
    'command getkeys get a b c',
    'command nonsense',
  ],
  ['info nonsense-section'],
  ['reset', 'get', 'set a', 'mget'],
  ['   ', '""', 'set \'a\' "b\\x41"', 'get a'],
];

test('the connection commands answer as Redis does', { skip: !existsSync(REDIS) }, async (context) => {
  const redisPort = await startRedis(context);
  for (const lines of EXCHANGES) {
    const server = await runServer(context, new StoreDoor());
    await answersOf(redisPort, ['flushall']);
    const expected = await answersOf(redisPort, lines);
    assert.deepEqual(await answersOf(server.port, lines), expected, lines.join('; '));
  }
});

test('protocol errors are those of Redis', { skip: !existsSync(REDIS) }, async (context) => {
  const redisPort = await startRedis(context);
  const server = await runServer(context, new StoreDoor());
  const texts = [
    '*x\r\n',
    '*1\r\n:1\r\n',
    '*1\r\n$x\r\n',
    '*1\r\n$-1\r\n',
    '*1048577000000\r\n',
    'set "a\r\n',
    "set 'a'b\r\n",
  ];
  for (const text of texts) {
    const answers: string[] = [];
    for (const port of [server.port, redisPort]) {
      const client = await RawClient.open(port);
      client.send(text);
      answers.push(await client.expectMatch(/\r\n$/));
      await client.expectClosed();
    }
    assert.equal(answers[0], answers[1], JSON.stringify(text));
  }
});

/** The lines of everything that comes back on a connection of its own; QUIT is obeyed in every mode. */
async function answersOf(port: number, lines: readonly string[]): Promise<string[]> {
  const client = await RawClient.open(port);
  client.send([...lines, 'quit'].map((line) => `${line}\r\n`).join(''));
  await client.expectClosed();
  return client.received.split('\r\n');
}
