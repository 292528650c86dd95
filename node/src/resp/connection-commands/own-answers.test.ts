/** Where no other server can say what is right: answers about ourselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { RawClient } from '../testing/raw-client.ts';
import { NOW_MS, runServer } from '../testing/running-server.ts';
import { member, OTHER, SELF, StoreDoor } from '../testing/store-door.ts';

async function connected(
  context: TestContext,
): Promise<{ door: StoreDoor; client: RawClient; other: RawClient }> {
  const door = new StoreDoor();
  const server = await runServer(context, door);
  return { door, client: await RawClient.open(server.port), other: await RawClient.open(server.port) };
}

test('HELLO 3 is answered in RESP3, and requests before it in RESP2', async (context) => {
  const { client } = await connected(context);
  client.send('get a\r\nhello 3 setname me\r\nget a\r\n');
  const text = await client.expectMatch(/_\r\n$/);
  assert.match(text, /^\$-1\r\n%7\r\n\$6\r\nserver\r\n\$5\r\nredis\r\n.*proto\r\n:3\r\n/s);
  await client.ask('client getname\r\n', '$2\r\nme\r\n');
});

test('TIME is the wall clock', async (context) => {
  const { client } = await connected(context);
  const seconds = String(Math.floor(NOW_MS / 1000));
  await client.ask('time\r\n', `*2\r\n$${seconds.length}\r\n${seconds}\r\n$6\r\n123000\r\n`);
});

test('INFO has the fields that clients look at', async (context) => {
  const { client } = await connected(context);
  await client.ask('set a 1\r\n', '+OK\r\n');
  client.send('info\r\n');
  const text = await client.expectMatch(/ready:1\r\n\r\n$/);
  for (const line of [
    'redis_version:7.0.15',
    'redis_mode:standalone',
    'connected_clients:2',
    'loading:0',
    'role:master',
    'cluster_enabled:0',
    'db0:keys=1,expires=0,avg_ttl=0',
    'paxos_role:leader',
  ]) {
    assert.ok(text.includes(`\r\n${line}\r\n`), line);
  }
  client.send('info server\r\n');
  assert.doesNotMatch(await client.expectMatch(/uptime_in_days:0\r\n\r\n$/), /# Clients/);
});

test('WAIT counts the voters that have acknowledged besides this one', async (context) => {
  const { door, client } = await connected(context);
  await client.ask('wait 1 0\r\n', ':0\r\n');
  const away = { ...member(3, 5381), connected: false };
  door.statusChanges = { members: [member(SELF, 5379), away, { ...away, id: 4 }] };
  await client.ask('wait 2 100\r\n', ':1\r\n');
  door.statusChanges = { members: [member(SELF, 5379), member(OTHER, 5380), member(3, 5381)] };
  await client.ask('wait 2 100\r\nwaitaof 1 1 0\r\n', ':2\r\n*2\r\n:1\r\n:2\r\n');
});

test('CLIENT LIST shows who is there and in which mode', async (context) => {
  const { client, other } = await connected(context);
  await other.ask(
    'client setname o\r\nclient setinfo lib-name x\r\nmulti\r\nget a\r\n',
    '+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n',
  );
  client.send('client list\r\n');
  const text = await client.expectMatch(/\n\r\n$/);
  assert.match(text, /name=o .* flags=x .* multi=1 watch=0 cmd=get user=default .* lib-name=x /);
  assert.match(text, / cmd=client /);
});

test('CLIENT KILL ends other connections, and its own after the answer', async (context) => {
  const { client, other } = await connected(context);
  const address = `127.0.0.1:${other.socket.localPort}`;
  await client.ask(`client kill addr ${address}\r\n`, ':1\r\n');
  await other.expectClosed();
  client.send('client kill type normal skipme no\r\n');
  await client.expectMatch(/^:1\r\n$/);
  await client.expectClosed();
});

test('CONFIG GET takes patterns, and CONFIG SET takes what is already so', async (context) => {
  const { client } = await connected(context);
  await client.ask(
    'config get append* save\r\n',
    '*6\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$4\r\nsave\r\n$0\r\n\r\n',
  );
  await client.ask('config set appendonly yes maxmemory 0\r\n', '+OK\r\n');
  await client.ask(
    'config set appendonly no\r\n',
    "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - can't set immutable config\r\n",
  );
});

test('COMMAND describes every command, each once', async (context) => {
  const { client } = await connected(context);
  client.send('command count\r\n');
  const [, count] = /^:(\d+)\r\n$/.exec(await client.expectMatch(/\r\n$/)) ?? [];
  client.send('command\r\nping\r\n');
  const text = await client.expectMatch(/\+PONG\r\n$/);
  assert.ok(text.startsWith(`*${count}\r\n*10\r\n`));
  await client.ask(
    'command info get\r\n',
    '*1\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*2\r\n+@read\r\n+@fast\r\n*0\r\n*0\r\n*0\r\n',
  );
});

test('HELP of a container lists its subcommands', async (context) => {
  const { client } = await connected(context);
  client.send('cluster help\r\n');
  const text = await client.expectMatch(/Print this help\.\r\n$/);
  for (const name of ['INFO', 'SLOTS', 'SHARDS', 'NODES', 'MYID', 'KEYSLOT <key>'])
    assert.ok(text.includes(`+${name}\r\n`), name);
});

test('what is not there is refused', async (context) => {
  const { client } = await connected(context);
  await client.ask('debug sleep 1\r\n', '-ERR DEBUG command not allowed\r\n');
  await client.ask('client tracking on\r\n', '-ERR client tracking is not supported\r\n');
  await client.ask('subscribe a\r\n', "-ERR unknown command 'subscribe', with args beginning with: 'a' \r\n");
  await client.ask(
    'kv.exec 0 0\r\n',
    "-ERR unknown command 'kv.exec', with args beginning with: '0' '0' \r\n",
  );
});
