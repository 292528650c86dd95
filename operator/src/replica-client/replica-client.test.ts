import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { MayNotAct, type NewMember, ReplicaClient, type ReplicaEndpoint } from './replica-client.ts';

const ID = 'a'.repeat(12);
const MEMBER: NewMember = {
  id: ID,
  host: 'demo-1.demo-peers.shop.svc',
  peerPort: 1,
  redisPort: 2,
  clusterPort: 3,
  httpPort: 4,
  adminPort: 5,
};

suite('ReplicaClient', () => {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('{}');
  });
  let mayAct = true;
  const client = new ReplicaClient(() => mayAct);
  let endpoint: ReplicaEndpoint;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    endpoint = { address: '127.0.0.1', port, host: 'demo-0', secret: undefined, authority: undefined };
  });
  after(async () => {
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const changes: readonly (() => Promise<void>)[] = [
    async () => await client.bootstrap(endpoint, 'c'.repeat(32), ID, [MEMBER]),
    async () => await client.addLearner(endpoint, MEMBER),
    async () => await client.promote(endpoint, ID),
    async () => await client.remove(endpoint, ID),
    async () => await client.transfer(endpoint, ID),
  ];

  test('sends changes while its process leads', async () => {
    mayAct = true;
    for (const change of changes) await change();
    assert.deepEqual(asked.splice(0), [
      'POST /v1/bootstrap',
      'POST /v1/members',
      `POST /v1/members/${ID}/promote`,
      `DELETE /v1/members/${ID}`,
      'POST /v1/transfer',
    ]);
  });

  test('sends no change when another process leads, and asks all the same', async () => {
    mayAct = false;
    for (const change of changes) await assert.rejects(change, MayNotAct);
    assert.equal(await client.status(endpoint), undefined);
    assert.deepEqual(asked.splice(0), ['GET /v1/status']);
  });
});
