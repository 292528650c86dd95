/** The end of the HTTP port: whoever has sent a request gets its answer, and nobody a connection that ends under it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { test, type TestContext } from 'node:test';
import { runDoor } from './testing/running-door.ts';

/** A client that keeps its one connection, as long as it may. */
function client(t: TestContext, port: number): (path: string) => Promise<IncomingMessage> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return async (path) => {
    const [response] = (await once(request({ agent, host: '127.0.0.1', port, path }).end(), 'response')) as [
      IncomingMessage,
    ];
    await once(response.resume(), 'end');
    return response;
  };
}

test('a closing port answers once more on a connection that is in use, and says that it is the last time', async (t) => {
  const { door, port } = await runDoor(t);
  const get = client(t, port);
  assert.equal((await get('/v1/kv/none')).headers.connection, 'keep-alive');
  const closed = new Promise<void>((resolve) => {
    door.close(resolve);
  });
  const last = await get('/v1/kv/none');
  assert.deepEqual([last.statusCode, last.headers.connection], [404, 'close']);
  await closed;
  await assert.rejects(get('/v1/kv/none'), { code: 'ECONNREFUSED' });
});

test('a connection on which nothing comes keeps no port open', async (t) => {
  const { door, port } = await runDoor(t);
  await client(t, port)('/v1/kv/none');
  await new Promise<void>((resolve) => {
    door.close(resolve);
  });
});
