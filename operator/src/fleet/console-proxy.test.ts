/** What is passed on of replicas whose image anybody may have made: data, and never what ends the operator. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { forward } from './console-proxy.ts';
import type { ReplicaDoor } from './replica-door.ts';

const HOST = '127.0.0.1';

async function listening(t: TestContext, server: net.Server): Promise<number> {
  server.listen(0, HOST);
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A replica that answers each request with these lines. */
async function saying(t: TestContext, ...lines: readonly string[]): Promise<ReplicaDoor> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(lines.join('\r\n')));
  });
  const port = await listening(t, server);
  return { address: HOST, port, host: 'carts-0', secret: undefined, authority: undefined };
}

/** Asks through a server of its own. */
async function ask(
  t: TestContext,
  doors: ReplicaDoor | readonly ReplicaDoor[],
  rest: string,
): Promise<Response> {
  const server = http.createServer(
    (request, response) => void forward([doors].flat(), rest, request, response),
  );
  t.after(() => server.closeAllConnections());
  return await fetch(`http://${HOST}:${await listening(t, server)}/`, { redirect: 'manual' });
}

const HOSTILE = [
  'Content-Type: text/html',
  'Content-Security-Policy: script-src *',
  'Content-Disposition: attachment',
  'Set-Cookie: a=b',
  'Clear-Site-Data: "storage"',
  'Service-Worker-Allowed: /',
  'WWW-Authenticate: Basic realm="the operator wants your password"',
  'Location: https://elsewhere.example/',
  'Refresh: 0; url=https://elsewhere.example/',
  'PaxosKV-Expires-At: <b>soon</b>',
  'PaxosKV-Revision: 7',
  'Connection: close',
  '',
  '<script>alert()</script>',
];

test('whatever a replica says that its answer is, a browser runs none of it', async (t) => {
  for (const [rest, status, type] of [
    ['live', 200, 'text/event-stream'],
    ['live', 401, 'application/problem+json'],
    ['keys/?prefix=a', 200, 'application/json'],
    ['keys/a', 200, 'application/octet-stream'],
    ['keys/a', 302, 'application/problem+json'],
    ['keys/a', 599, 'application/problem+json'],
  ] as const) {
    const answer = await ask(t, await saying(t, `HTTP/1.1 ${status} So`, ...HOSTILE), rest);
    assert.equal(answer.status, status);
    assert.equal(await answer.text(), '<script>alert()</script>');
    const own = [...answer.headers].filter(
      ([name]) => !['connection', 'date', 'keep-alive', 'transfer-encoding'].includes(name),
    );
    assert.deepEqual(Object.fromEntries(own), {
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-type': type,
      'cross-origin-resource-policy': 'same-origin',
      'paxoskv-revision': '7',
      'x-content-type-options': 'nosniff',
    });
  }
});

test('an answer that cannot be passed on is a 502', async (t) => {
  for (const lines of [
    ['HTTP/1.1 000 So', 'Content-Length: 0', '', ''],
    ['HTTP/1.1 600 So', 'Content-Length: 0', '', ''],
    ['HTTP/1.1 999 So', 'Content-Length: 0', '', ''],
    ['HTTP/1.1 101 So', 'Connection: upgrade', 'Upgrade: websocket', '', ''],
    ['HTTP/1.1 100 So', '', ''],
    ['no HTTP at all', '', ''],
    [''],
  ]) {
    const answer = await ask(t, await saying(t, ...lines), 'live');
    assert.equal(answer.status, 502, lines[0]);
    assert.match(((await answer.json()) as { detail: string }).detail, /^no replica answers: carts-0: /);
  }
});

test('the next replica is asked when one does not answer, or hangs, or says what cannot be passed on', async (t) => {
  const hangs = await listening(
    t,
    net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
    }),
  );
  const sound = await saying(t, 'HTTP/1.1 200 So', 'Connection: close', '', 'event: frame\n\n');
  const strange = await saying(t, 'HTTP/1.1 000 So', 'Content-Length: 0', '', '');
  const closed = net.createServer();
  const nobody = { ...sound, port: await listening(t, closed) };
  closed.close();
  const answer = await ask(t, [{ ...sound, port: hangs }, nobody, strange, sound], 'live');
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), 'event: frame\n\n');
  assert.equal((await ask(t, [nobody, strange], 'live')).status, 502);
});

test('an answer that ends within is cut for the browser, too', async (t) => {
  const door = await saying(t, 'HTTP/1.1 200 So', 'Content-Length: 9', '', 'half');
  // What has begun is not begun again elsewhere.
  const answer = await ask(t, [door, door], 'keys/a');
  assert.equal(answer.status, 200);
  await assert.rejects(answer.text());
});
