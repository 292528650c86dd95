/** The page with all clusters at a real port, in front of a replica that writes down what it is asked. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { CachedObjects, type LooseObject, PAXOS_CLUSTER } from '../controller/cluster-objects.ts';
import { POD, SECRET } from '../kube/builtin-kinds.ts';
import type { Informer } from '../kube/informer.ts';
import type { Kind } from '../kube/kind.ts';
import { ObjectCache } from '../kube/object-cache.ts';
import { type Fleet, fleetOf } from './fleet-view.ts';
import { FleetServer } from './fleet-server.ts';

const SECRET_TEXT = 'hush-'.repeat(8);
const NAME = { namespace: 'shop', name: 'carts' };
const HEARD_MS_AGO = 1_234;
const LABELS = { 'paxoskv.dev/cluster': 'carts' };

function live(
  kind: Kind,
  name: string,
  more: object,
  labels: Readonly<Record<string, string>> = LABELS,
): LooseObject {
  const metadata = {
    namespace: 'shop',
    name,
    uid: `uid of ${name}`,
    resourceVersion: '1',
    generation: 1,
    labels,
  };
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata, ...more };
}

function cluster(name: string, conditions: readonly object[] = []): LooseObject {
  const status = { ready: '3/3', leader: `${name}-1`, conditions };
  return live(PAXOS_CLUSTER, name, { spec: {}, status }, {});
}

function condition(type: string, status: string): object {
  const [reason, message] = ['Because', 'it is so'];
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

function cached(kind: Kind, ...objects: readonly LooseObject[]): readonly [Kind, readonly Informer[]] {
  const cache = new ObjectCache();
  for (const object of objects) cache.set(object);
  return [kind, [{ cache, ageMs: () => HEARD_MS_AGO } as unknown as Informer]];
}

interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** By what a page calls itself. */
function nameIn(text: string): string | undefined {
  return /<meta id="page" name="page" content="([\w-]{22})"/.exec(text)?.[1];
}

async function run(t: TestContext) {
  const asked: Asked[] = [];
  const replica = http.createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    const isLive = request.url === '/console/live';
    response.writeHead(200, {
      'content-type': isLive ? 'text/event-stream' : 'text/plain',
      'set-cookie': 'a=b',
      'paxoskv-page': 'the page of the replica',
    });
    if (isLive) response.write('event: frame\n\n');
    else response.end('said');
  });
  replica.listen(0, '127.0.0.1');
  await once(replica, 'listening');
  t.after(() => {
    replica.close();
    replica.closeAllConnections();
  });
  const data = { secret: Buffer.from(`${SECRET_TEXT}\nthe-next-one`).toString('base64') };
  const objects = new CachedObjects(
    new Map([
      cached(PAXOS_CLUSTER, cluster('carts', [condition('Available', 'True')]), cluster('lost')),
      cached(SECRET, live(SECRET, 'carts-cluster-secret', { data })),
      cached(POD, live(POD, 'carts-0', {}), live(POD, 'carts-1', { status: { podIP: '127.0.0.1' } })),
    ]),
  );
  const api = { find: () => Promise.resolve(undefined) };
  const server = new FleetServer({
    port: 0,
    api,
    cached: objects,
    adminPort: (replica.address() as AddressInfo).port,
  });
  const port = await server.start();
  t.after(() => server.stop());
  const ask = async (target: string, init: RequestInit = {}) =>
    await fetch(`http://127.0.0.1:${port}${target}`, init);
  return { asked, ask, port };
}

test('the page and what it shows', async (t) => {
  const { ask } = await run(t);
  const page = await ask('/');
  const text = await page.text();
  assert.match(text, /^<!doctype html>/);
  assert.equal(nameIn(text), (await ask('/clusters')).headers.get('paxoskv-page'));
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; /);
  for (const name of ['fleet.js', 'fleet.css', 'icon.svg'])
    assert.equal((await ask(`/${name}`)).status, 200, name);
  assert.equal((await ask('/tsconfig.json')).status, 404);
  const { clusters, heardMsAgo } = (await (await ask('/clusters')).json()) as Fleet;
  assert.equal(heardMsAgo, HEARD_MS_AGO);
  assert.deepEqual(
    clusters.map(({ name, standing, leader, ready }) => [name, standing, leader, ready]),
    [
      ['lost', 'unknown', 'lost-1', '3/3'],
      ['carts', 'serves', 'carts-1', '3/3'],
    ],
  );
});

test("the page of all consoles is the operator's own, whatever the replicas run", async (t) => {
  const { asked, ask } = await run(t);
  const folder = path.join(import.meta.dirname, '../../../node/console');
  const names = readdirSync(folder).filter((name) => !name.endsWith('.json'));
  assert.ok(names.length > 10);
  for (const name of ['', ...names]) {
    const file = await ask(`/clusters/shop/carts/console/${name}`);
    assert.equal(file.status, 200, name);
    const text = await file.text();
    const written = readFileSync(path.join(folder, name === '' ? 'page.html' : name), 'utf8');
    assert.equal(text, written.replace('{page}', nameIn(text) ?? ''));
    assert.match(
      file.headers.get('content-security-policy') ?? '',
      /^default-src 'none'; script-src 'self'; /,
    );
  }
  assert.deepEqual(asked, []);
});

test("what a cluster's console shows comes from a replica that runs, with the secret for how it is and without it for keys", async (t) => {
  const { asked, ask } = await run(t);
  const base = `/clusters/${NAME.namespace}/${NAME.name}/console/`;
  const abort = new AbortController();
  const stream = await ask(`${base}live`, { signal: abort.signal });
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  assert.equal(stream.headers.get('set-cookie'), null);
  // The page is from here, so the replica's word for its own does not count.
  assert.equal(stream.headers.get('paxoskv-page'), nameIn(await (await ask(base)).text()));
  const chunk = await stream.body?.getReader().read();
  assert.equal(new TextDecoder().decode(chunk?.value as Uint8Array), 'event: frame\n\n');
  abort.abort();
  await ask(`${base}keys/?prefix=a`, { headers: { Authorization: 'Bearer typed', Cookie: 'other=page' } });
  await ask(`${base}keys/a`);
  assert.deepEqual(
    asked.map(({ url, headers }) => [url, headers.authorization, headers.cookie]),
    [
      ['/console/live', `Bearer ${SECRET_TEXT}`, undefined],
      ['/console/keys/?prefix=a', 'Bearer typed', undefined],
      ['/console/keys/a', undefined, undefined],
    ],
  );
});

test('nothing but consoles is reached, nothing is changed, and only under a name of the loopback', async (t) => {
  const { asked, ask, port } = await run(t);
  const base = '/clusters/shop/carts/';
  for (const method of ['PUT', 'POST', 'DELETE'])
    assert.equal((await ask(`${base}console/keys/a`, { method })).status, 405);
  for (const target of [
    `${base}v1/status`,
    `${base}console/v1%2fstatus`,
    `${base}console/live?x`,
    `${base}console`,
    `${base}console/self`,
    `${base}console/new.js`,
    `${base}console/tsconfig.json`,
    '/clusters/shop',
    '/metrics',
  ]) {
    assert.equal((await ask(target)).status, 404, target);
  }
  assert.equal((await ask('/clusters/shop/nobody/console/live')).status, 503);
  assert.equal((await ask('/clusters/shop/lost/console/live')).status, 503);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { Host: 'rebound.example' };
    http
      .get({ host: '127.0.0.1', port, path: '/clusters', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
      .on('error', reject);
  });
  assert.equal(status, 421);
  assert.deepEqual(asked, []);
});

test('what is wrong stands first, and says why', () => {
  const fleet = fleetOf([
    cluster('a', [
      condition('Available', 'True'),
      condition('Degraded', 'False'),
      condition('Paused', 'False'),
    ]),
    cluster('b', [condition('Available', 'True'), condition('MembersReady', 'False')]),
    cluster('c', [condition('Available', 'False')]),
    cluster('d', [condition('Available', 'True'), condition('Degraded', 'True')]),
    cluster('e', [condition('Available', 'Unknown')]),
  ]);
  assert.deepEqual(
    fleet.map(({ name, standing, conditions }) => [
      name,
      standing,
      conditions.map(({ type, status }) => `${type}=${status}`),
    ]),
    [
      ['c', 'down', ['Available=False']],
      ['e', 'unknown', ['Available=Unknown']],
      ['b', 'impaired', ['MembersReady=False']],
      ['d', 'impaired', ['Degraded=True']],
      ['a', 'serves', []],
    ],
  );
});
