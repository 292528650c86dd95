/** Clients that must give a password: as Redis has it with `requirepass`, and what is ours alone. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { secretsOf } from '../auth/testing/secret-files.ts';
import type { ReplicaEvent } from '../observe/events.ts';
import { unauthenticatedMax, unauthenticatedMsMax } from './limits.ts';
import { RawClient, request } from './testing/raw-client.ts';
import { REDIS, startRedis } from './testing/redis-server.ts';
import { runServer } from './testing/running-server.ts';
import { StoreDoor } from './testing/store-door.ts';

const PASSWORD = 'open sesame';

/** What must be the same bytes as Redis's, one connection each. */
const EXCHANGES: readonly (readonly string[])[] = [
  ['ping', 'get a', 'set a 1', 'echo x', 'select 0', 'client getname', 'config get requirepass', 'info'],
  // Existence and arity come first.
  ['nonsense', 'get', 'set a', 'nonsense a b', 'command count', 'client', 'object'],
  ['multi', 'exec', 'discard', 'watch a', 'unwatch', 'exec a'],
  ['auth', 'auth a b c', 'auth wrong', 'auth default wrong', 'auth nobody "open sesame"', 'get a'],
  ['auth "open sesame"', 'get a', 'auth wrong', 'get a', 'auth nobody x', 'get a'],
  ['auth default "open sesame"', 'set set-here 1', 'get set-here'],
  ['AUTH default "open sesame"', 'multi', 'auth wrong', 'get a', 'exec'],
  ['hello', 'hello 2', 'hello 3', 'hello 4', 'hello x', 'hello 2 setname me', 'hello 2 auth', 'ping'],
  ['hello 3 auth default wrong', 'hello 2 auth nobody "open sesame"', 'hello 2 auth default', 'ping'],
  ['hello 2 auth default wrong setname "a b"', 'hello 2 auth default "open sesame" nonsense', 'ping'],
  ['auth "open sesame"', 'reset', 'ping', 'get a', 'auth "open sesame"', 'get a'],
  ['auth "open sesame"', 'multi', 'get a', 'reset', 'exec', 'get a'],
  ['reset', 'ping'],
  ['client reply off', 'ping', 'auth "open sesame"', 'client reply off', 'get a', 'client reply on'],
];

test('without its password a client gets what Redis answers', { skip: !existsSync(REDIS) }, async (t) => {
  const redisPort = await startRedis(t, '--requirepass', PASSWORD);
  for (const lines of EXCHANGES) {
    const server = await runServer(t, new StoreDoor(), { passwords: secretsOf(t, [PASSWORD]).file });
    const expected = await answersOf(redisPort, lines);
    assert.deepEqual(await answersOf(server.port, lines), expected, lines.join('; '));
  }
});

test(
  'pipelines, RESP3 and oversized requests before AUTH are as in Redis',
  { skip: !existsSync(REDIS) },
  async (t) => {
    const redisPort = await startRedis(t, '--requirepass', PASSWORD);
    const ten = Array.from({ length: 9 }, () => 'a');
    const big = 'x'.repeat(16 * 1024);
    const texts = [
      request('GET', 'a') + request('AUTH', PASSWORD) + request('GET', 'a') + request('PING'),
      request('MSET', ...ten) + request('MSET', ...ten, 'b'),
      request('ECHO', big) + request('ECHO', `${big}x`),
      request('AUTH', PASSWORD) + request('ECHO', `${big}x`) + request('DEL', ...ten, 'b', 'c'),
      request('AUTH', PASSWORD) + request('RESET') + request('ECHO', `${big}x`),
      `${request('HELLO', '3', 'AUTH', 'default', 'wrong')}${request('GET', 'a')}`,
      `*1\r\n$4\r\nPING\r\n*11\r\n`,
      `*1\r\n$16385\r\n`,
    ];
    for (const text of texts) {
      const server = await runServer(t, new StoreDoor(), { passwords: secretsOf(t, [PASSWORD]).file });
      const answers = await Promise.all([redisPort, server.port].map((port) => repliesTo(port, text)));
      assert.equal(answers[1], answers[0], JSON.stringify(text.slice(0, 200)));
    }
  },
);

test('HELLO with the password is answered in the mode that it switches to', async (t) => {
  const { client } = await locked(t);
  client.send(request('HELLO', '3', 'AUTH', 'default', PASSWORD, 'SETNAME', 'me') + request('GET', 'a'));
  const text = await client.expectMatch(/_\r\n$/);
  assert.match(text, /^%7\r\n\$6\r\nserver\r\n/);
  await client.ask('client getname\r\n', '$2\r\nme\r\n');
});

test('the password is never told: CONFIG GET, CONFIG SET, CLIENT LIST and INFO do not know it', async (t) => {
  const { client } = await locked(t);
  await client.ask(request('AUTH', PASSWORD), '+OK\r\n');
  await client.ask('config get requirepass\r\n', '*0\r\n');
  client.send(`config set requirepass x\r\n${request('CLIENT', 'LIST')}${request('INFO')}`);
  const text = await client.expectMatch(/ready:1\r\n\r\n$/);
  assert.match(text, /^-ERR Unknown option/);
  assert.ok(!text.includes(PASSWORD));
});

test('two passwords are valid at once; who gave one that is gone is closed, behind its answers', async (t) => {
  const events: ReplicaEvent[] = [];
  const secrets = secretsOf(t, ['old', 'new']);
  const observer = (event: ReplicaEvent) => events.push(event);
  const server = await runServer(t, new StoreDoor(), { passwords: secrets.file, observer });
  const [early, late, stranger] = await Promise.all([1, 2, 3].map(() => RawClient.open(server.port)));
  assert.ok(early && late && stranger);
  await early.ask('auth old\r\n', '+OK\r\n');
  await late.ask('auth new\r\n', '+OK\r\n');
  await secrets.replace('new');
  await early.expectClosed();
  await late.ask('set a 1\r\n', '+OK\r\n');
  await stranger.ask('auth old\r\n', '-WRONGPASS invalid username-password pair or user is disabled.\r\n');
  await stranger.ask('auth new\r\nget a\r\n', '+OK\r\n$1\r\n1\r\n');
  const notices = events
    .map((event) => (event.kind === 'notice' ? event.text : ''))
    .filter((text) => text !== '');
  assert.deepEqual(notices, ['closed 1 Redis clients: their password is not in force any more']);
  const about = events.filter(({ kind }) => kind.startsWith('client'));
  assert.deepEqual(about, [
    { kind: 'clientOpened', door: 'redis' },
    { kind: 'clientOpened', door: 'redis' },
    { kind: 'clientOpened', door: 'redis' },
    { kind: 'clientCut', reason: 'password-revoked' },
    { kind: 'clientClosed', door: 'redis' },
  ]);
});

test('wrong passwords are counted, and appear nowhere', async (t) => {
  const events: ReplicaEvent[] = [];
  const observer = (event: ReplicaEvent) => events.push(event);
  const passwords = secretsOf(t, [PASSWORD]).file;
  const server = await runServer(t, new StoreDoor(), { passwords, observer });
  const client = await RawClient.open(server.port);
  client.send('auth hush-hush\r\nhello 3 auth default hush-hush\r\nauth hush-hush hush-hush\r\n');
  await client.expectMatch(/^(?:-WRONGPASS [^\r]*\r\n){3}$/);
  assert.equal(events.filter(({ kind }) => kind === 'refusedAccess').length, 3);
  assert.ok(!JSON.stringify(events).includes('hush-hush'));
});

test('who gives no password in time is closed, and RESET starts that time again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { client: silent, server } = await locked(t);
  const reset = await RawClient.open(server.port);
  await reset.ask(request('AUTH', PASSWORD) + request('RESET'), '+OK\r\n+RESET\r\n');
  const known = await RawClient.open(server.port);
  await known.ask(request('AUTH', PASSWORD), '+OK\r\n');
  t.mock.timers.tick(unauthenticatedMsMax);
  t.mock.timers.reset();
  await silent.expectClosed();
  await reset.expectClosed();
  await known.ask('ping\r\n', '+PONG\r\n');
});

test('a crowd without passwords takes no place of a client: the oldest goes', async (t) => {
  const { client, server } = await locked(t);
  await client.ask(request('AUTH', PASSWORD), '+OK\r\n');
  const crowd: RawClient[] = [];
  for (let count = 0; count < unauthenticatedMax + 2; count += 1)
    crowd.push(await RawClient.open(server.port));
  await crowd[0]?.expectClosed();
  await crowd[1]?.expectClosed();
  await crowd.at(-1)?.ask('ping\r\n', '-NOAUTH Authentication required.\r\n');
  assert.ok(!client.closed && crowd[2]?.closed === false);
  await client.ask('ping\r\n', '+PONG\r\n');
  for (const each of crowd) each.close();
});

test('the cluster port asks for the password before it redirects', async (t) => {
  const door = new StoreDoor();
  const server = await runServer(t, door, { mode: 'cluster', passwords: secretsOf(t, [PASSWORD]).file });
  const client = await RawClient.open(server.port);
  await client.ask('get a\r\n', '-NOAUTH Authentication required.\r\n');
  await client.ask('cluster slots\r\n', '-NOAUTH Authentication required.\r\n');
  await client.ask(`${request('AUTH', PASSWORD)}get a\r\n`, '+OK\r\n$-1\r\n');
});

test('ioredis with a password works, and says what is wrong without the right one', async (t) => {
  const { server } = await locked(t);
  const options = { port: server.port, host: '127.0.0.1', retryStrategy: () => null };
  const redis = new Redis({ ...options, password: PASSWORD });
  t.after(() => redis.disconnect());
  assert.equal(await redis.set('a', '1'), 'OK');
  const wrong = new Redis({ ...options, password: 'wrong', lazyConnect: true });
  wrong.on('error', () => undefined);
  t.after(() => wrong.disconnect());
  await assert.rejects(wrong.get('a'), /WRONGPASS|NOAUTH/);
});

test('TLS at a port without it is answered at once, not waited for', async (t) => {
  const server = await runServer(t, new StoreDoor());
  const client = await RawClient.open(server.port);
  // The beginning of a client's hello.
  client.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  await client.expect('-ERR Protocol error: this port speaks no TLS\r\n');
  await client.expectClosed();
});

async function locked(t: TestContext) {
  const server = await runServer(t, new StoreDoor(), { passwords: secretsOf(t, [PASSWORD]).file });
  return { server, client: await RawClient.open(server.port) };
}

/** The lines of everything that comes back; QUIT is obeyed in every mode. */
async function answersOf(port: number, lines: readonly string[]): Promise<string[]> {
  const text = await repliesTo(port, [...lines, 'quit'].map((line) => `${line}\r\n`).join(''));
  return text.split('\r\n');
}

async function repliesTo(port: number, text: string): Promise<string> {
  const client = await RawClient.open(port);
  client.send(text);
  client.socket.end();
  await client.expectClosed();
  return client.received;
}
