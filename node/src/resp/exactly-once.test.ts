import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Failure } from '../replica/door.ts';
import { RawClient } from './testing/raw-client.ts';
import { runServer } from './testing/running-server.ts';
import { ScriptedDoor } from './testing/scripted-door.ts';
import { member, OTHER, SELF, StoreDoor } from './testing/store-door.ts';

const NOWHERE = '0123456789abcdef';

async function clients(
  context: TestContext,
): Promise<{ door: StoreDoor; client: RawClient; other: RawClient; session: string }> {
  const door = new StoreDoor();
  const server = await runServer(context, door);
  const client = await RawClient.open(server.port);
  const other = await RawClient.open(server.port);
  return { door, client, other, session: await open(client) };
}

async function open(client: RawClient): Promise<string> {
  client.send('pxkv.session open\r\n');
  const text = await client.expectMatch(/^\$16\r\n[0-9a-f]{16}\r\n$/);
  return text.slice(5, -2);
}

test('a command that is sent again is not done again, and is answered alike on any connection', async (context) => {
  const { door, client, other, session } = await clients(context);
  await client.ask(`pxkv.once ${session} 1 incr n\r\n`, ':1\r\n');
  await other.ask(`PXKV.ONCE ${session} 1 INCR n\r\n`, ':1\r\n');
  await other.ask(`pxkv.once ${session} 2 set s x get\r\n`, '$-1\r\n');
  await client.ask(`pxkv.once ${session} 2 set s x get\r\n`, '$-1\r\n');
  await client.ask(`pxkv.once ${session} 9 mget n s none\r\n`, '*3\r\n$1\r\n1\r\n$1\r\nx\r\n$-1\r\n');
  await client.ask('set n 100\r\n', '+OK\r\n');
  await client.ask(`pxkv.once ${session} 9 mget n s none\r\n`, '*3\r\n$1\r\n1\r\n$1\r\nx\r\n$-1\r\n');
  assert.equal(door.store.find('s')?.version, 1);
});

test('an error of the command is its reply: it comes again, and the number is used', async (context) => {
  const { client, session } = await clients(context);
  await client.ask('set s text\r\n', '+OK\r\n');
  const error = '-ERR value is not an integer or out of range\r\n';
  await client.ask(`pxkv.once ${session} 1 incr s\r\n`, error);
  await client.ask('set s 1\r\n', '+OK\r\n');
  await client.ask(`pxkv.once ${session} 1 incr s\r\n`, error);
  await client.ask(`pxkv.once ${session} 2 incr s\r\n`, ':2\r\n');
});

test('each way to ask wrongly has a code word of its own, and does nothing', async (context) => {
  const { door, client, session } = await clients(context);
  await client.ask(`pxkv.once ${session} 5 incr n\r\n`, ':1\r\n');
  client.send(`pxkv.once ${session} 5 incr m\r\n`);
  await client.expectMatch(/^-OTHERREQUEST this sequence number was used for another request.*\r\n$/);
  client.send(`pxkv.once ${session} 4 incr n\r\n`);
  await client.expectMatch(/^-OLDSEQUENCE the session has gone on to sequence 5, which is above 4.*\r\n$/);
  client.send(`pxkv.once ${NOWHERE} 1 incr n\r\n`);
  await client.expectMatch(/^-NOSESSION there is no such session.*\r\n$/);
  await client.ask(`pxkv.session end ${session}\r\n`, ':1\r\n');
  await client.ask(`pxkv.session end ${session}\r\n`, ':0\r\n');
  client.send(`pxkv.once ${session} 6 incr n\r\n`);
  await client.expectMatch(/^-NOSESSION /);
  assert.equal(door.store.revision, 1);
});

test('what is malformed is told by name, value and rule, and uses no number', async (context) => {
  const { door, client, session } = await clients(context);
  const { writes } = door;
  const refusals: readonly (readonly [string, string])[] = [
    ['pxkv.session', "ERR wrong number of arguments for 'pxkv.session' command"],
    ['pxkv.session open x', "ERR wrong number of arguments for 'pxkv.session|open' command"],
    ['pxkv.session end', "ERR wrong number of arguments for 'pxkv.session|end' command"],
    ['pxkv.session end x', "ERR session must be 16 hexadecimal digits in lower case: it is 'x'"],
    ['pxkv.session list', "ERR unknown subcommand 'list'. Try PXKV.SESSION HELP."],
    [`pxkv.once ${session} 1`, "ERR wrong number of arguments for 'pxkv.once' command"],
    ['pxkv.once X 1 get a', "ERR session must be 16 hexadecimal digits in lower case: it is 'X'"],
    [`pxkv.once ${session} 0 get a`, "ERR sequence must be a whole number from 1 to 2^53 - 1: it is '0'"],
    [
      `pxkv.once ${session} 9007199254740992 get a`,
      "ERR sequence must be a whole number from 1 to 2^53 - 1: it is '9007199254740992'",
    ],
    [`pxkv.once ${session} 1 get`, "ERR wrong number of arguments for 'get' command"],
    [
      `pxkv.once ${session} 1 exec x`,
      "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
    ],
    [`pxkv.once ${session} 1 exec`, 'ERR EXEC without MULTI'],
    [`pxkv.once ${session} 1 ping`, "ERR PXKV.ONCE is for commands about data and EXEC: it is 'ping'"],
    [`pxkv.once ${session} 1 nothing`, "ERR PXKV.ONCE is for commands about data and EXEC: it is 'nothing'"],
  ];
  for (const [line, error] of refusals) await client.ask(`${line}\r\n`, `-${error}\r\n`);
  assert.equal(door.writes, writes);
});

test('a transaction is done once, and its replies come again in their places', async (context) => {
  const { door, client, other, session } = await clients(context);
  const lines = `multi\r\nincr n\r\nping\r\nget n\r\npxkv.once ${session} 1 exec\r\n`;
  const replies = `+OK\r\n${'+QUEUED\r\n'.repeat(3)}*3\r\n:1\r\n+PONG\r\n$1\r\n1\r\n`;
  await client.ask(lines, replies);
  await other.ask(lines, replies);
  assert.equal(door.store.revision, 1);
  other.send(lines.replace('incr n', 'incr m'));
  await other.expectMatch(/-OTHERREQUEST .*\r\n$/);
  await client.ask(`multi\r\npxkv.once ${session} 2 exec\r\n`.repeat(2), '+OK\r\n*0\r\n'.repeat(2));
  await client.ask('exec\r\n', '-ERR EXEC without MULTI\r\n');
});

test('inside MULTI anything else about sessions is refused, and EXEC with it', async (context) => {
  const { door, client, session } = await clients(context);
  const aborted = '-EXECABORT Transaction discarded because of previous errors.\r\n';
  for (const line of [`pxkv.once ${session} 1 incr n`, 'pxkv.session open']) {
    client.send(`multi\r\n${line}\r\npxkv.once ${session} 1 exec\r\n`);
    const text = await client.expectMatch(/EXECABORT.*\r\n$/);
    assert.match(text, /^\+OK\r\n-ERR PXKV\.SESSION and PXKV\.ONCE inside MULTI are not allowed/);
    assert.ok(text.endsWith(aborted));
  }
  await client.ask('watch n\r\nmulti\r\nincr n\r\n', '+OK\r\n+OK\r\n+QUEUED\r\n');
  client.send(`pxkv.once ${session} 1 exec\r\n`);
  await client.expectMatch(/^-EXECABORT .*PXKV\.ONCE \.\.\. EXEC is not for watched keys/);
  await client.ask('exec\r\n', '-ERR EXEC without MULTI\r\n');
  assert.equal(door.store.revision, 0);
});

test('a failure is told as for every write, and the same again tells the truth', async (context) => {
  const { door, client, session } = await clients(context);
  door.failure = new Failure('unknown', 'nobody answered');
  client.send(`pxkv.once ${session} 1 incr n\r\n`);
  await client.expectMatch(/^-UNKNOWNOUTCOME nobody answered/);
  door.failure = undefined;
  await client.ask(`pxkv.once ${session} 1 incr n\r\n`, ':1\r\n');
});

test('commands in a session keep the order of their connection', async (context) => {
  const door = new ScriptedDoor();
  const server = await runServer(context, door);
  const client = await RawClient.open(server.port);
  client.send(`get a\r\npxkv.once ${NOWHERE} 1 set a 1\r\nget a\r\n`);
  assert.deepEqual(await door.called(1), ['read a']);
  door.settle(0, 'old');
  const calls = await door.called(3);
  assert.match(calls[1] ?? '', /^write 0123456789abcdef 1 /);
  assert.equal(calls[2], 'write a');
  door.settle(1, [0, 'once']);
  door.settle(2, 'new');
  await client.expect('$3\r\nold\r\n$4\r\nonce\r\n$3\r\nnew\r\n');
});

test('COMMAND knows both, and says what they are for', async (context) => {
  const { client } = await clients(context);
  client.send('command info pxkv.once\r\n');
  await client.expectMatch(/^\*1\r\n\*10\r\n\$9\r\npxkv\.once\r\n:-4\r\n/);
  client.send('command docs pxkv.session\r\n');
  await client.expectMatch(/Opens or ends a session for PXKV\.ONCE/);
  client.send('pxkv.session help\r\n');
  await client.expectMatch(/^\*7\r\n\+PXKV\.SESSION <subcommand>/);
});

test('READONLY reads what this replica holds by now, on either port, until READWRITE', async (context) => {
  for (const mode of ['plain', 'cluster'] as const) {
    const door = new StoreDoor();
    door.statusChanges = { role: 'follower', leader: OTHER, members: [member(SELF, 1), member(OTHER, 2)] };
    const server = await runServer(context, door, { mode });
    const client = await RawClient.open(server.port);
    await client.ask(
      'readonly\r\nget a\r\nmget a b\r\ndbsize\r\n',
      '+OK\r\n$-1\r\n*2\r\n$-1\r\n$-1\r\n:0\r\n',
    );
    assert.equal(door.staleReads, 3, mode);
    assert.equal(door.reads, 0, mode);
    await client.ask('readwrite\r\ndbsize\r\n', '+OK\r\n:0\r\n');
    assert.equal(door.reads, 1, mode);
    assert.equal(door.staleReads, 3, mode);
  }
});

test('READONLY leaves WATCH, MULTI and reads behind writes of the connection as they are', async (context) => {
  const { door, client } = await clients(context);
  await client.ask('readonly\r\nwatch a\r\n', '+OK\r\n+OK\r\n');
  assert.equal(door.reads, 1);
  await client.ask('multi\r\nget a\r\nexec\r\n', '+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n');
  assert.equal(door.staleReads, 0);
  const scripted = new ScriptedDoor();
  const server = await runServer(context, scripted);
  const pipelining = await RawClient.open(server.port);
  pipelining.send('readonly\r\nset a 1\r\nget a\r\n');
  assert.deepEqual(await scripted.called(2), ['write a 1', 'write a']);
  scripted.settle(0, 'x');
  scripted.settle(1, '1');
  await pipelining.expect('+OK\r\n$1\r\nx\r\n$1\r\n1\r\n');
});
