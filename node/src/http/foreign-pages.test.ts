import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { foreignPage } from './foreign-pages.ts';
import { secretsOf } from '../auth/testing/secret-files.ts';
import { doorOn, listening, runDoor } from './testing/running-door.ts';
import { StoreDoor } from './testing/store-door.ts';

const HOST = 'db.example:8379';

test('programs and pages of the port itself may change things, pages of other sites may not', () => {
  const own = [
    {},
    { origin: 'http://db.example:8379' },
    { origin: 'http://DB.example:8379' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://db.example:8379' },
    { 'sec-fetch-site': 'none' },
    { host: 'db.example:80', origin: 'http://db.example' },
    { host: 'db.example', origin: 'https://db.example:443' },
    { host: '[::1]:8379', origin: 'http://[::1]:8379' },
  ];
  for (const headers of own) assert.equal(foreignPage({ host: HOST, ...headers }), undefined);
  const others = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://db.example:8379' },
    { 'sec-fetch-site': 'same-origin, cross-site' },
    { 'sec-fetch-site': '' },
    { origin: 'http://evil.example' },
    { origin: 'http://db.example' },
    { origin: 'http://db.example:8379.evil.example' },
    { origin: 'null' },
    { origin: '' },
    { host: 'localhost', origin: 'file://' },
    { 'sec-fetch-site': 'none', origin: 'http://evil.example' },
  ];
  for (const headers of others) {
    assert.equal(foreignPage({ host: HOST, ...headers })?.status, 403, JSON.stringify(headers));
  }
});

test('a refusal names the header, the value and the rule', () => {
  assert.match(
    foreignPage({ host: HOST, 'sec-fetch-site': 'cross-site' })?.detail ?? '',
    /Sec-Fetch-Site must be same-origin or none: it is "cross-site"$/,
  );
  assert.match(
    foreignPage({ host: HOST, origin: 'http://evil.example' })?.detail ?? '',
    /Origin must name the host that the Host header names, which is "db\.example:8379": it is "http:\/\/evil\.example"$/,
  );
});

/** As a form of another site would: `fetch` here may not say `Origin`. */
function post(port: number, method: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    asked.once('error', reject);
    asked.end(method === 'POST' ? '{"success":[{"put":{"key":"k","value":"v"}}]}' : undefined);
  });
}

const CROSS_SITE = { 'Sec-Fetch-Site': 'cross-site', 'Content-Type': 'text/plain' };

test('a page of another site changes no key without a password, by POST or by the GETs that change something', async (t) => {
  const { port, replica } = await runDoor(t);
  for (const headers of [CROSS_SITE, { Origin: 'http://evil.example', 'Content-Type': 'text/plain' }]) {
    for (const path of ['/v1/txn', '/v1/sessions', '/store/set', '/store/nop']) {
      assert.equal(await post(port, 'POST', path, headers), 403, path);
    }
    for (const path of ['/store/set/k/v', '/store/nop', '/crash']) {
      assert.equal(await post(port, 'GET', path, headers), 403, path);
    }
  }
  assert.equal(replica.store.size, 0);
  assert.equal(await post(port, 'GET', '/v1/kv', CROSS_SITE), 200, 'a browser lets no other site see it');
  assert.equal(await post(port, 'POST', '/v1/txn', { Origin: `http://127.0.0.1:${port}` }), 200);
  assert.equal(replica.store.size, 1);
});

test('who shows a password is no page that rides on somebody, wherever it comes from', async (t) => {
  const { file } = secretsOf(t, ['open-sesame']);
  const door = doorOn(new StoreDoor(), { passwords: file });
  const port = await listening(door);
  t.after(() => new Promise<void>((resolve) => door.close(resolve)));
  const shown = { ...CROSS_SITE, Authorization: 'Bearer open-sesame' };
  assert.equal(await post(port, 'POST', '/v1/txn', shown), 200);
  assert.equal(await post(port, 'POST', '/v1/txn', CROSS_SITE), 401);
});
