import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test, type TestContext } from 'node:test';
import { StoreDoor } from '../http/testing/store-door.ts';
import { type BrowserTerms, refusedBrowser } from './browser-requests.ts';
import { runningAdmin } from './testing/running-admin.ts';

const TERMS: BrowserTerms = { ownHost: 'db-1.example.com', hasSecret: false, nameless: new Set(['/livez']) };

function refused(host: string | undefined, terms: Partial<BrowserTerms> = {}, target = '/v1/status') {
  const headers = host === undefined ? {} : { host };
  return refusedBrowser({ method: 'GET', target, headers }, { ...TERMS, ...terms });
}

test('names that nobody on the net can own are answered, and so is the own one', () => {
  const own = [
    undefined,
    'localhost',
    'LOCALHOST:9379',
    'localhost.:9379',
    '127.0.0.1:9379',
    '10.244.0.7',
    '[::1]:9379',
    '[fd00::7]',
    'db-1.example.com:9379',
    'DB-1.example.com.',
    'paxoskv',
    'demo-0.demo-peers.shop.svc:9379',
    'demo-admin.shop.svc.cluster.local:9379',
    'machine.local',
    'ip-10-0-0-7.ec2.internal',
  ];
  for (const host of own) assert.equal(refused(host), undefined, host);
});

test('under a name that somebody else may own nothing is told without a secret', () => {
  const others = [
    'evil.example:9379',
    'db-1.example.com.evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'svc.evil.example',
    'evil.svc.example',
    '[evil.example]:9379',
    '[127.0.0.1]',
    '127.0.0.1:9379:evil.example',
    'evil.example..',
  ];
  for (const host of others) assert.equal(refused(host)?.status, 403, host);
  assert.match(
    refused('evil.example:9379')?.detail ?? '',
    /^without a cluster secret Host must be an IP address, .*"db-1\.example\.com", as --host says: it is "evil\.example:9379"$/,
  );
});

test('where a secret is wanted anyway, and for probes, the name does not count', () => {
  assert.equal(refused('evil.example', { hasSecret: true }), undefined);
  assert.equal(refused('evil.example', {}, '/livez'), undefined);
  assert.equal(refused('evil.example', {}, '/livez?verbose')?.status, 403);
});

test('a page of another site changes nothing, with a secret or without', () => {
  const headers = { host: 'localhost:9379', 'sec-fetch-site': 'cross-site' };
  for (const hasSecret of [false, true]) {
    const terms = { ...TERMS, hasSecret };
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const problem = refusedBrowser({ method, target: '/livez', headers }, terms);
      assert.equal(problem?.name, 'foreign-page', method);
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      assert.equal(refusedBrowser({ method, target: '/v1/status', headers }, terms), undefined, method);
    }
  }
});

async function runPort(t: TestContext) {
  const { port } = await runningAdmin(t, new StoreDoor(), { host: 'db-1.example.com' });
  // `fetch` would name the host by itself.
  return (method: string, path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      });
      asked.once('error', reject).end();
    });
}

test('no route of the port is asked by pages of others, the console among them', async (t) => {
  const ask = await runPort(t);
  for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'http://evil.example' }]) {
    for (const path of ['/v1/transfer', '/v1/members', '/v1/members/0000000000ff/promote', '/v1/bootstrap']) {
      assert.equal(await ask('POST', path, headers), 403, path);
    }
    assert.equal(await ask('POST', '/v1/snapshot', headers), 403);
    assert.equal(await ask('DELETE', '/v1/members/0000000000ff', headers), 403);
    assert.equal(await ask('PUT', '/v1/log-level', headers), 403);
    assert.equal(await ask('PUT', '/console/keys/k', headers), 403);
  }
  for (const path of ['/', '/v1/status', '/v1/backup', '/console/', '/console/live', '/console/keys/k']) {
    assert.equal(await ask('GET', path, { Host: 'evil.example' }), 403, path);
  }
  assert.equal(await ask('GET', '/livez', { Host: 'evil.example' }), 200);
  assert.equal(await ask('GET', '/metrics', { Host: 'evil.example' }), 200);
  assert.equal(await ask('GET', '/v1/status', { Host: 'db-1.example.com:9379' }), 200);
  assert.equal(await ask('POST', '/v1/snapshot', {}), 200);
});
