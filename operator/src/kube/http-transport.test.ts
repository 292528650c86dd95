import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { FakeListener } from '../../testing/fake-listener.ts';
import { Refused } from '../../testing/refused.ts';
import { CONFIG_MAP } from './builtin-kinds.ts';
import { accessOf } from './cluster-access.ts';
import {
  ApiError,
  BadAnswer,
  ConnectionFailed,
  Forbidden,
  InvalidAccess,
  RequestTimedOut,
  Unauthorized,
  Unavailable,
} from './failures.ts';
import { HttpTransport } from './http-transport.ts';
import { KubeApi } from './kube-api.ts';
import type { KubeObject } from './kube-object.ts';
import type { RuntimeEvent } from './runtime-event.ts';

interface Tools {
  readonly server: FakeApiServer;
  readonly listener: FakeListener;
  readonly transport: HttpTransport;
  readonly api: KubeApi;
  readonly events: RuntimeEvent[];
}

async function tools(t: TestContext, tokenFile?: string): Promise<Tools> {
  const server = new FakeApiServer();
  const listener = await FakeListener.start(server);
  const events: RuntimeEvent[] = [];
  const transport = new HttpTransport({
    access: listener.access(tokenFile),
    userAgent: 'test',
    observer: (event) => events.push(event),
  });
  t.after(async () => {
    transport.close();
    await listener.close();
  });
  return { server, listener, transport, events, api: new KubeApi({ transport, fieldManager: 'test' }) };
}

const NAME = { namespace: 'test', name: 'a' };
const OBJECT: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: NAME };
const PATH = '/api/v1/namespaces/test/configmaps';

suite('HttpTransport', () => {
  test('uses one connection again and again, and few for many requests at once', async (t) => {
    const { api, listener } = await tools(t);
    for (let count = 0; count < 100; count += 1) await api.apply(CONFIG_MAP, OBJECT);
    assert.equal(listener.connections, 1);
    await Promise.all(Array.from({ length: 300 }, async () => await api.get(CONFIG_MAP, NAME)));
    assert.ok(listener.connections <= 64, `${listener.connections} connections`);
  });

  test('asks again when the server has closed an idle connection', async (t) => {
    const { api, listener } = await tools(t);
    for (let round = 0; round < 20; round += 1) {
      await api.apply(CONFIG_MAP, OBJECT);
      listener.closeIdle();
    }
    await api.delete(CONFIG_MAP, await api.get(CONFIG_MAP, NAME).then(({ metadata }) => metadata));
  });

  test('gives up after its time limit, and counts it', async (t) => {
    const { transport, server, events } = await tools(t);
    server.fail(1, 'hang');
    await assert.rejects(transport.request({ method: 'GET', path: PATH, timeoutMs: 30 }), RequestTimedOut);
    assert.deepEqual(
      events.map((event) => event.kind === 'requestDone' && [event.method, event.code]),
      [['GET', '<error>']],
    );
  });

  test('gives up in the middle of an answer, too', async (t) => {
    const half = http.createServer((_request, response) => void response.write('{"half":'));
    await new Promise<void>((resolve) => half.listen(0, '127.0.0.1', resolve));
    const config = new KubeConfig();
    const server = `http://127.0.0.1:${(half.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: true }, { name: 'u' });
    const transport = new HttpTransport({ access: accessOf(config), userAgent: 'test', observer: () => {} });
    t.after(() => {
      transport.close();
      half.close();
    });
    await assert.rejects(transport.request({ method: 'GET', path: PATH, timeoutMs: 50 }), RequestTimedOut);
  });

  test('a request that its caller ends, ends with the caller’s reason', async (t) => {
    const { transport, server } = await tools(t);
    server.fail(1, 'hang');
    const stop = new AbortController();
    const asked = transport.request({ method: 'GET', path: PATH, signal: stop.signal });
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 10);
    await assert.rejects(asked, reason);
    await assert.rejects(transport.request({ method: 'GET', path: PATH, signal: stop.signal }), reason);
  });

  test('refusals become errors of their own type, with the server’s message', async (t) => {
    const { transport, server } = await tools(t);
    const refusals = [
      [new Refused(403, 'Forbidden', 'not you'), Forbidden],
      [new Refused(500, 'InternalError', 'etcd is away'), Unavailable],
      [new Refused(429, 'TooManyRequests', 'slower'), Unavailable],
      [new Refused(400, 'BadRequest', 'what?'), ApiError],
    ] as const;
    for (const [refused, type] of refusals) {
      server.fail(1, refused);
      await assert.rejects(transport.request({ method: 'GET', path: PATH }), (error) => {
        assert.ok(error instanceof type && error instanceof ApiError);
        assert.equal(error.message, `GET ${PATH}: ${refused.message}`);
        assert.deepEqual([error.status, error.reason], [refused.status, refused.reason]);
        return true;
      });
    }
  });

  test('a broken connection, an absent server and an answer that is no JSON are errors of the world', async (t) => {
    const { transport, server, listener } = await tools(t);
    server.fail(1, 'cut');
    await assert.rejects(transport.request({ method: 'POST', path: PATH, body: OBJECT }), ConnectionFailed);
    server.fail(1, { status: 200, body: undefined });
    await assert.rejects(transport.request({ method: 'GET', path: PATH }), BadAnswer);
    await listener.close();
    await assert.rejects(transport.request({ method: 'GET', path: PATH }), ConnectionFailed);
  });

  test('a write whose answer was lost is not sent twice when that could do harm', async (t) => {
    const { api, server } = await tools(t);
    await api.find(CONFIG_MAP, NAME);
    server.fail(1, 'cut', ({ method }) => method === 'POST');
    await assert.rejects(api.create(CONFIG_MAP, OBJECT), ConnectionFailed);
    assert.equal(server.writes.length, 1);
  });

  test('reads the token from its file, and a wrong one is said to be so', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'paxoskv-token-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'token');
    writeFileSync(file, 'fake-token');
    const { api, listener } = await tools(t, file);
    assert.equal(await api.find(CONFIG_MAP, NAME), undefined);
    listener.token = 'another';
    await assert.rejects(api.find(CONFIG_MAP, NAME), Unauthorized);
  });

  test('a token file that is not there is an error of the world', async (t) => {
    const { api } = await tools(t, path.join(tmpdir(), 'paxoskv-no-such-token'));
    await assert.rejects(api.find(CONFIG_MAP, NAME), ConnectionFailed);
  });

  test('a program that prints credentials is asked for them', async (t) => {
    const { listener, events } = await tools(t);
    const config = new KubeConfig();
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'fake-token' },
    };
    config.loadFromOptions({
      clusters: [{ name: 'c', server: listener.url, skipTLSVerify: true }],
      users: [
        {
          name: 'u',
          exec: {
            apiVersion: credential.apiVersion,
            command: 'printf',
            args: ['%s', JSON.stringify(credential)],
          },
        },
      ],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    const access = accessOf(config);
    assert.equal(access.namespace, 'default');
    const transport = new HttpTransport({
      access,
      userAgent: 'test',
      observer: (event) => events.push(event),
    });
    t.after(() => transport.close());
    const api = new KubeApi({ transport, fieldManager: 'test' });
    assert.equal(await api.find(CONFIG_MAP, NAME), undefined);
  });

  test('a kubeconfig without a cluster, or with an address that is none, is refused', () => {
    const config = new KubeConfig();
    config.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: 'nowhere' });
    assert.throws(
      () => accessOf(config),
      new InvalidAccess('kubeconfig: current-context must name a context with a cluster: it is "nowhere"'),
    );
    config.loadFromClusterAndUser({ name: 'c', server: 'nonsense', skipTLSVerify: false }, { name: 'u' });
    assert.throws(
      () => accessOf(config),
      new InvalidAccess('kubeconfig: a cluster\'s server must be an address: it is "nonsense"'),
    );
  });
});
