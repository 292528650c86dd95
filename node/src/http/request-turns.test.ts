import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { HttpListener, type ListenerOptions } from './listener.ts';
import { listening } from './testing/running-door.ts';
import { HANDLING_MS_MAX, UNANSWERED_MAX } from './request-turns.ts';

type Handle = ConstructorParameters<typeof HttpListener>[0];

async function run(t: TestContext, handle: Handle, options: Partial<ListenerOptions> = {}) {
  const listener = new HttpListener(handle, {
    secure: undefined,
    door: 'http',
    observer: undefined,
    ...options,
  });
  const port = await listening({ listen: (done) => listener.listen('127.0.0.1', 0, done) });
  t.after(() => new Promise<void>((resolve) => listener.close(resolve)));
  return async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
}

function requests(count: number, path = '/'): string {
  return `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`.repeat(count);
}

/** Completes when so many answers have come. */
async function answers(socket: Socket, count: number): Promise<void> {
  let text = '';
  let seen = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    seen += text.split('HTTP/1.1 200').length - 1;
    text = text.slice(-11);
    if (text.includes('HTTP/1.1 200')) text = '';
    if (seen >= count) return;
  }
  assert.fail(`the connection ended after ${seen} answers`);
}

test('a connection with many unanswered requests is not read, and all are answered in the end', async (t) => {
  const open: ServerResponse[] = [];
  const connection = await run(t, (_request, response) => open.push(response));
  const socket = await connection();
  const total = 6_000;
  socket.write(requests(total));
  let answered = 0;
  const all = answers(socket, total);
  while (answered < total) {
    await new Promise(setImmediate);
    assert.ok(open.length <= UNANSWERED_MAX, `${open.length} at once`);
    for (const response of open.splice(0)) {
      response.end('x');
      answered += 1;
    }
  }
  await all;
});

test('one connection with thousands of requests does not keep another one waiting', async (t) => {
  const order: string[] = [];
  const connection = await run(t, ({ url }, response) => {
    order.push(url ?? '');
    const endMs = performance.now() + HANDLING_MS_MAX / 4;
    while (performance.now() < endMs);
    response.end('x');
  });
  const many = await connection();
  const few = await connection();
  many.write(requests(1_000, '/many'));
  const all = answers(many, 1_000);
  while (order.length === 0) await new Promise(setImmediate);
  few.write(requests(1, '/few'));
  await answers(few, 1);
  assert.ok(order.indexOf('/few') < 500, `after ${order.indexOf('/few')} others`);
  await all;
});

test('probes are answered before what waits', async (t) => {
  const order: string[] = [];
  const handle: Handle = ({ url }, response) => {
    order.push(url ?? '');
    const endMs = performance.now() + HANDLING_MS_MAX;
    while (performance.now() < endMs);
    response.end('x');
  };
  const connection = await run(t, handle, { first: new Set(['/probe']) });
  const others = await Promise.all(Array.from({ length: 50 }, connection));
  const probe = await connection();
  // Connections are accepted one in a turn.
  for (const socket of [...others, probe]) {
    socket.write(requests(1, '/probe'));
    await answers(socket, 1);
  }
  order.length = 0;
  for (const socket of others) socket.write(requests(2, '/other'));
  while (order.length === 0) await new Promise(setImmediate);
  probe.write(requests(1, '/probe'));
  await answers(probe, 1);
  assert.ok(order.indexOf('/probe') < 50, `after ${order.indexOf('/probe')} others`);
  await Promise.all(others.map((socket) => answers(socket, 2)));
});

test('requests of a connection that has gone are forgotten', async (t) => {
  const open: ServerResponse[] = [];
  const connection = await run(t, (_request, response) => open.push(response));
  const socket = await connection();
  socket.write(requests(1_000));
  while (open.length < UNANSWERED_MAX) await new Promise(setImmediate);
  const gone = new Promise((resolve) => open[0]?.socket?.once('close', resolve));
  socket.destroy();
  // Whoever is not read is seen to be gone when something is written.
  for (const response of open.splice(0)) response.end('x');
  await gone;
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  assert.ok(open.length <= UNANSWERED_MAX, `${open.length}`);
});

test('a client that does not finish its headers is cut soon after the time for them', async (t) => {
  const connection = await run(t, (_request, response) => response.end('x'), { headersTimeoutMs: 50 });
  const socket = await connection();
  socket.write('GET / HTTP/1.1\r\nHost: ');
  let text = '';
  const late = setTimeout(() => socket.destroy(), 15_000);
  for await (const chunk of socket) text += String(chunk);
  clearTimeout(late);
  assert.match(text, /^HTTP\/1.1 408 /);
});
