import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../replica/door.ts';
import { requestBytesMax } from './limits.ts';
import { RawClient, request } from './testing/raw-client.ts';
import { runServer } from './testing/running-server.ts';
import { ScriptedDoor } from './testing/scripted-door.ts';
import { StoreDoor } from './testing/store-door.ts';

async function clients(
  context: Parameters<typeof runServer>[0],
): Promise<{ door: StoreDoor; client: RawClient; other: RawClient }> {
  const door = new StoreDoor();
  const server = await runServer(context, door);
  return { door, client: await RawClient.open(server.port), other: await RawClient.open(server.port) };
}

test('EXEC runs the queue as one write, and answers in its order', async (context) => {
  const { door, client } = await clients(context);
  client.send('multi\r\nset a 1\r\nincr a\r\nget a\r\nexec\r\n');
  await client.expect('+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n:2\r\n$1\r\n2\r\n');
  assert.equal(door.writes, 1);
});

test('commands of the connection are answered in their places', async (context) => {
  const { client } = await clients(context);
  client.send(
    'multi\r\nping\r\nset a 1\r\nclient setname me\r\nunwatch\r\nget a\r\nexec\r\nclient getname\r\n',
  );
  await client.expect(
    `+OK\r\n${'+QUEUED\r\n'.repeat(5)}*5\r\n+PONG\r\n+OK\r\n+OK\r\n+OK\r\n$1\r\n1\r\n$2\r\nme\r\n`,
  );
});

test('an empty transaction, or one of connection commands only, does not trouble the log', async (context) => {
  const { door, client } = await clients(context);
  await client.ask('multi\r\nexec\r\n', '+OK\r\n*0\r\n');
  await client.ask('multi\r\necho x\r\nexec\r\n', '+OK\r\n+QUEUED\r\n*1\r\n$1\r\nx\r\n');
  assert.equal(door.writes, 0);
});

test('an error while queueing aborts EXEC, and the next transaction is free of it', async (context) => {
  const { door, client } = await clients(context);
  await client.ask('multi\r\n', '+OK\r\n');
  await client.ask('get\r\n', "-ERR wrong number of arguments for 'get' command\r\n");
  await client.ask('exec\r\n', '-EXECABORT Transaction discarded because of previous errors.\r\n');
  await client.ask(
    'multi\r\nnonsense x\r\nset a 1\r\n',
    "+OK\r\n-ERR unknown command 'nonsense', with args beginning with: 'x' \r\n+QUEUED\r\n",
  );
  await client.ask('exec\r\n', '-EXECABORT Transaction discarded because of previous errors.\r\n');
  assert.equal(door.writes, 0);
  await client.ask('multi\r\nset a 1\r\nexec\r\n', '+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n');
});

test('commands out of place are refused in Redis words, and harm no transaction', async (context) => {
  const { client } = await clients(context);
  await client.ask('exec\r\n', '-ERR EXEC without MULTI\r\n');
  await client.ask('discard\r\n', '-ERR DISCARD without MULTI\r\n');
  await client.ask('multi\r\nmulti\r\n', '+OK\r\n-ERR MULTI calls can not be nested\r\n');
  await client.ask('watch a\r\n', '-ERR WATCH inside MULTI is not allowed\r\n');
  await client.ask('ping\r\nexec\r\n', '+QUEUED\r\n*1\r\n+PONG\r\n');
});

test('DISCARD and RESET forget the queue', async (context) => {
  const { client } = await clients(context);
  await client.ask('multi\r\nset a 1\r\ndiscard\r\nget a\r\n', '+OK\r\n+QUEUED\r\n+OK\r\n$-1\r\n');
  await client.ask('multi\r\nset a 1\r\nreset\r\nget a\r\n', '+OK\r\n+QUEUED\r\n+RESET\r\n$-1\r\n');
});

for (const [what, setUp, change] of [
  ['changed', 'set a 0\r\n', 'set a 1\r\n'],
  ['deleted', 'set a 0\r\n', 'del a\r\n'],
  ['created', 'del a\r\n', 'set a 1\r\n'],
] as const) {
  test(`EXEC is aborted when a watched key was ${what}`, async (context) => {
    const { client, other } = await clients(context);
    client.send(setUp);
    await client.expectMatch(/\r\n$/);
    await client.ask('watch b a\r\n', '+OK\r\n');
    other.send(change);
    await other.expectMatch(/\r\n$/);
    await client.ask('multi\r\nset b 1\r\nexec\r\n', '+OK\r\n+QUEUED\r\n*-1\r\n');
    await client.ask('get b\r\n', '$-1\r\n');
    await client.ask('multi\r\nset b 1\r\nexec\r\n', '+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n');
  });
}

test('a watched key that was created and deleted again aborts EXEC', async (context) => {
  const { client, other } = await clients(context);
  await client.ask('watch a\r\n', '+OK\r\n');
  await other.ask('set a 1\r\ndel a\r\n', '+OK\r\n:1\r\n');
  await client.ask('multi\r\nexec\r\n', '+OK\r\n*-1\r\n');
});

test('a key that was gone before it was watched does not abort EXEC, though another was watched earlier', async (context) => {
  const { client } = await clients(context);
  await client.ask('set a 1\r\nset b 1\r\nwatch a\r\n', '+OK\r\n+OK\r\n+OK\r\n');
  await client.ask('del b\r\nwatch b\r\n', ':1\r\n+OK\r\n');
  await client.ask('multi\r\nset b 2\r\nexec\r\n', '+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n');
});

test('UNWATCH, DISCARD and EXEC forget what was watched; in RESP3 an abort is the one nil', async (context) => {
  const { client, other } = await clients(context);
  for (const forget of ['unwatch\r\n', 'multi\r\ndiscard\r\n', 'multi\r\nexec\r\n']) {
    client.send(`watch a\r\n${forget}`);
    await client.expectMatch(/(\+OK\r\n)+(\*0\r\n)?$/);
    await client.ask('ping\r\n', '+PONG\r\n');
    await other.ask('set a 1\r\n', '+OK\r\n');
    await client.ask(
      'multi\r\nping\r\nget a\r\nexec\r\n',
      '+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+PONG\r\n$1\r\n1\r\n',
    );
  }
  client.send('hello 3\r\n');
  await client.expectMatch(/modules\r\n\*0\r\n$/);
  await client.ask('watch a\r\n', '+OK\r\n');
  await other.ask('set a 2\r\n', '+OK\r\n');
  await client.ask('multi\r\nexec\r\n', '+OK\r\n_\r\n');
});

test('a pipelined EXEC waits for the outcome of its WATCH', async (context) => {
  const door = new ScriptedDoor();
  const server = await runServer(context, door);
  const client = await RawClient.open(server.port);
  client.send('watch a\r\nmulti\r\nset a 1\r\nexec\r\nget a\r\n');
  assert.deepEqual(await door.called(1), ['read a']);
  door.settle(0, [7, 5]);
  assert.equal((await door.called(2))[1], `write ${Number.MAX_SAFE_INTEGER} 1 a 5 2 2 a 1`);
  door.settle(1, null);
  await door.called(3);
  door.settle(2, 'x');
  await client.expect('+OK\r\n+OK\r\n+QUEUED\r\n*-1\r\n$1\r\nx\r\n');
});

test('after a WATCH that failed EXEC does not run unguarded', async (context) => {
  const { door, client } = await clients(context);
  door.failure = new Failure('notDone', 'no leader');
  client.send('watch a\r\n');
  await client.expectMatch(/^-CLUSTERDOWN .*\r\n$/);
  door.failure = undefined;
  client.send('multi\r\nset a 1\r\nexec\r\n');
  await client.expect('+OK\r\n+QUEUED\r\n-EXECABORT Transaction discarded because of previous errors.\r\n');
});

test('an EXEC of unknown outcome says so', async (context) => {
  const { door, client } = await clients(context);
  await client.ask('multi\r\nset a 1\r\n', '+OK\r\n+QUEUED\r\n');
  door.failure = new Failure('unknown', 'timed out');
  client.send('exec\r\n');
  await client.expectMatch(/^-UNKNOWNOUTCOME timed out .*\r\n$/);
});

test('a queue is bounded, and what is over it spoils the transaction', async (context) => {
  const { client } = await clients(context);
  const set = request('SET', 'k', 'v'.repeat(requestBytesMax / 4));
  await client.ask(`multi\r\n${set.repeat(3)}`, `+OK\r\n${'+QUEUED\r\n'.repeat(3)}`);
  client.send(set);
  await client.expectMatch(new RegExp(`^-ERR a transaction is at most ${requestBytesMax} bytes.*\r\n$`));
  await client.ask('exec\r\n', '-EXECABORT Transaction discarded because of previous errors.\r\n');
});
