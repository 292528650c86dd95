/** The console at a real port: who may see what, what the live channel says, and what it costs when nobody looks. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { OTHER_SECRET, secretsOf } from '../../auth/testing/secret-files.ts';
import { SELF, StoreDoor } from '../../http/testing/store-door.ts';
import type { Addresses } from '../../paxos/configuration.ts';
import type { PeerStatus } from '../../replica/door.ts';
import type { AdminServerOptions } from '../server.ts';
import { consoleParts } from '../testing/console-parts.ts';
import { framesOf } from '../testing/live-frames.ts';
import { runningAdmin } from '../testing/running-admin.ts';
import type { ConsoleParts } from './console.ts';
import type { Frame } from './frame.ts';
import { STREAMS_MAX } from './live-streams.ts';

const HOST = '127.0.0.1';
const SECRET = 'hush-'.repeat(8);
const PASSWORD = 'open-sesame';
const OTHER = 0xb0b;

async function run(
  t: TestContext,
  parts: Partial<ConsoleParts> = {},
  options: Partial<AdminServerOptions> = {},
) {
  const replica = new StoreDoor();
  const { server, port } = await runningAdmin(t, replica, {
    console: consoleParts(replica, parts),
    ...options,
  });
  const ask = async (target: string, secret?: string, init: RequestInit = {}) => {
    const headers = secret === undefined ? {} : { Authorization: `Bearer ${secret}` };
    return await fetch(`http://${HOST}:${port}${target}`, { redirect: 'manual', headers, ...init });
  };
  return { replica, server, port, ask };
}

function member(id: number, adminPort: number): PeerStatus {
  const ports = { redisPort: 1, clusterPort: 2, peerPort: 3, httpPort: 4 };
  const addresses: Addresses = { host: HOST, adminPort, ...ports };
  return { id, voter: true, addresses, connected: true, lagSlots: 0, roundTripMs: undefined };
}

async function firstFrame(response: Response): Promise<Frame> {
  for await (const frame of framesOf(response)) return frame;
  assert.fail('the stream ended before its first frame');
}

test('the page and all its files are for everybody, and may load nothing but each other', async (t) => {
  const { ask } = await run(t, {}, { secrets: secretsOf(t, [SECRET]).file });
  const names = readdirSync(path.join(import.meta.dirname, '../../../console')).filter((name) =>
    /\.(?:js|css|svg|html)$/.test(name),
  );
  assert.ok(names.length > 10);
  for (const name of ['', ...names]) {
    const response = await ask(`/console/${name}`);
    assert.equal(response.status, 200, name);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; /);
    assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    // What is written into the page itself could not run.
    if (name.endsWith('.html'))
      assert.doesNotMatch(await response.text(), /<style|style=|<script(?! type="module" src=")| on\w+=/);
  }
  const page = await ask('/console/');
  const live = await ask('/console/live', SECRET, { method: 'HEAD' });
  const [, name = ''] = /<meta id="page" name="page" content="([\w-]{22})"/.exec(await page.text()) ?? [];
  assert.ok(name !== '' && name === live.headers.get('paxoskv-page'), name);
  const again = await ask('/console/', undefined, {
    headers: { 'If-None-Match': page.headers.get('etag') ?? '' },
  });
  assert.equal(again.status, 304);
  assert.equal((await ask('/console/tsconfig.json')).status, 404);
  assert.equal((await ask('/console/..%2f..%2fpackage.json')).status, 404);
});

test('a browser that comes to the port is led to the page; a program is not', async (t) => {
  const { ask } = await run(t);
  const browser = await ask('/', undefined, {
    headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
  });
  assert.deepEqual([browser.status, browser.headers.get('location')], [302, 'console/']);
  assert.equal((await ask('/console')).headers.get('location'), 'console/');
  assert.equal((await ask('/')).status, 404);
});

test('what the page shows wants the cluster secret, and keys want the password of clients', async (t) => {
  const [secrets, passwords] = [secretsOf(t, [SECRET]).file, secretsOf(t, [PASSWORD]).file];
  const { ask } = await run(t, { passwords }, { secrets });
  for (const target of ['/console/live', '/console/self', '/console/keys/', '/console/keys/a']) {
    assert.equal((await ask(target)).status, 401, target);
    assert.equal((await ask(target, 'wrong')).status, 401, target);
  }
  assert.equal((await ask('/console/self', PASSWORD)).status, 401);
  assert.equal((await ask('/console/self', SECRET)).status, 200);
  // Whoever knows only the cluster secret is not let past the clients' password.
  assert.equal((await ask('/console/keys/', SECRET)).status, 401);
  assert.equal((await ask('/console/keys/', PASSWORD)).status, 200);
});

test('keys want the cluster secret where clients have no password, and are closed where clients must show certificates', async (t) => {
  const secrets = secretsOf(t, [SECRET]).file;
  const guarded = await run(t, {}, { secrets });
  assert.equal((await guarded.ask('/console/keys/')).status, 401);
  assert.equal((await guarded.ask('/console/keys/', SECRET)).status, 200);
  const closed = await run(t, { clientsShowCertificates: true }, { secrets });
  assert.equal((await closed.ask('/console/keys/', SECRET)).status, 403);
});

test('keys are read as at the HTTP port, and changed only where that is enabled', async (t) => {
  const reading = await run(t);
  const put = { method: 'PUT', body: 'blue' };
  assert.equal((await reading.ask('/console/keys/colour', undefined, put)).status, 405);
  assert.equal((await reading.ask('/console/keys/colour', undefined, { method: 'DELETE' })).status, 405);
  assert.equal(reading.replica.writes, 0);
  const writing = await run(t, { writes: true });
  assert.equal((await writing.ask('/console/keys/colour', undefined, put)).status, 201);
  assert.equal(await (await writing.ask('/console/keys/colour')).text(), 'blue');
  const listing = (await (await writing.ask('/console/keys/?prefix=col')).json()) as {
    items: { key: string }[];
  };
  assert.deepEqual(
    listing.items.map(({ key }) => key),
    ['colour'],
  );
});

test('the live channel tells of all members: it asks the others with the secret, and those of an older release for their status', async (t) => {
  const secrets = secretsOf(t, [SECRET]).file;
  const other = await run(t, {}, { secrets });
  const older = await olderRelease(t);
  const { ask, replica } = await run(t, {}, { secrets });
  other.replica.statusChanges = { id: OTHER, role: 'follower' };
  const members = [
    member(SELF, 1),
    member(OTHER, other.port),
    member(OLDER, older),
    { ...member(0xdead, 9), connected: false },
  ];
  replica.statusChanges = { members };
  const response = await ask('/console/live', SECRET);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const { replicas, findings, voters, votersAnswering, quorum } = await firstFrame(response);
  assert.deepEqual([voters, votersAnswering, quorum], [4, 3, 3]);
  assert.deepEqual(
    replicas.map(({ id, state, report }) => [id, state, report?.release]),
    [
      ['3f9a00c1d2e4', 'answers', '0.1.0'],
      ['000000000b0b', 'answers', '0.1.0'],
      ['000000000a1d', 'answers', '0.0.9'],
      ['00000000dead', 'silent', undefined],
    ],
  );
  assert.equal(findings[0]?.code, 'replica-down');
});

function followerText(id: string): string {
  return JSON.stringify({ id, role: 'follower', ballot: '7.x', members: [] });
}

test('a member that came while the others were asked is asked before anything is said of him', async (t) => {
  const { ask, replica } = await run(t);
  let isNewcomer = false;
  const newcomer = await listeningServer(t, (_request, response) =>
    response.end(followerText('00000000dead')),
  );
  const other = await listeningServer(t, (_request, response) => {
    isNewcomer = true;
    replica.statusChanges = { members: [member(SELF, 1), member(OTHER, other), member(0xdead, newcomer)] };
    response.end(followerText('000000000b0b'));
  });
  replica.statusChanges = { members: [member(SELF, 1), member(OTHER, other)] };
  const { replicas } = await firstFrame(await ask('/console/live'));
  assert.ok(isNewcomer);
  assert.deepEqual(
    replicas.map(({ state }) => state),
    ['answers', 'answers', 'answers'],
  );
});

test('the secret goes to no address that another cluster names', async (t) => {
  const secrets = secretsOf(t, [SECRET]).file;
  const [{ ask, replica }, foreign] = [await run(t, {}, { secrets }), await run(t, {}, { secrets })];
  let asked = 0;
  const third = await listeningServer(t, () => (asked += 1));
  replica.statusChanges = { members: [member(SELF, 1), member(OTHER, foreign.port)] };
  const members = [member(OTHER, foreign.port), member(0xdead, third)];
  foreign.replica.statusChanges = { id: OTHER, cluster: 'ab'.repeat(16), chosen: 99_999, members };
  let frames = 0;
  for await (const { replicas } of framesOf(await ask('/console/live', SECRET))) {
    assert.deepEqual(
      replicas.map(({ state }) => state),
      ['answers', 'lost'],
    );
    // The second one knows what the first one was told.
    frames += 1;
    if (frames === 2) break;
  }
  assert.equal(asked, 0);
});

test('while secrets are replaced a member is shown the one that it takes', async (t) => {
  const other = await run(t, {}, { secrets: secretsOf(t, [OTHER_SECRET]).file });
  const { ask, replica } = await run(t, {}, { secrets: secretsOf(t, [SECRET, OTHER_SECRET]).file });
  other.replica.statusChanges = { id: OTHER, role: 'follower' };
  replica.statusChanges = { members: [member(SELF, 1), member(OTHER, other.port)] };
  const { replicas } = await firstFrame(await ask('/console/live', SECRET));
  assert.deepEqual(
    replicas.map(({ state }) => state),
    ['answers', 'answers'],
  );
});

async function listeningServer(t: TestContext, handle: RequestListener): Promise<number> {
  const server = createServer(handle);
  t.after(() => server.close());
  server.listen(0, HOST);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const OLDER = 0xa1d;

/** The admin port of a release that knows no console. */
async function olderRelease(t: TestContext): Promise<number> {
  const status = { id: '000000000a1d', role: 'follower', ballot: '7.x', release: '0.0.9', members: [] };
  return await listeningServer(t, (request, response) => {
    const isKnown = request.url === '/v1/status';
    response.writeHead(isKnown ? 200 : 404).end(isKnown ? JSON.stringify(status) : '{}');
  });
}

test('so many consoles and no more; when the port closes they end', async (t) => {
  const { ask, server } = await run(t);
  const streams = await Promise.all(Array.from({ length: STREAMS_MAX }, () => ask('/console/live')));
  assert.ok(streams.every(({ status }) => status === 200));
  const refused = await ask('/console/live');
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /too-many-consoles/);
  const ends = Promise.all(streams.map((stream) => stream.text()));
  await new Promise<void>((resolve) => server.close(resolve));
  await ends;
});

test('consoles whose secret is not in force any more end, and the others go on', async (t) => {
  const secrets = secretsOf(t, [SECRET, OTHER_SECRET]);
  const { ask } = await run(t, {}, { secrets: secrets.file });
  const [ends, stays] = [await ask('/console/live', SECRET), await ask('/console/live', OTHER_SECRET)];
  const ended = ends.text();
  const frames = framesOf(stays);
  await frames.next();
  await secrets.replace(OTHER_SECRET);
  await ended;
  for (let count = 0; count < 2; count += 1) assert.equal((await frames.next()).done, false);
  await frames.return(undefined);
});

test('whoever asks for the headers alone takes no place', async (t) => {
  const { ask } = await run(t);
  const init = { method: 'HEAD' };
  for (let count = 0; count < STREAMS_MAX; count += 1) {
    const response = await ask('/console/live', undefined, init);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'text/event-stream']);
  }
  await firstFrame(await ask('/console/live'));
});

test('nothing is measured and nobody is asked while nobody looks', async (t) => {
  let reads = 0;
  const parts = consoleParts(new StoreDoor());
  const latencies = () => {
    reads += 1;
    return parts.latencies();
  };
  const { ask } = await run(t, { latencies });
  assert.equal((await ask('/v1/status')).status, 200);
  assert.equal(reads, 0);
  await firstFrame(await ask('/console/live'));
  assert.ok(reads > 0);
});
