/** The stand-in keeps the promises of the real server, with and without a network. */
import { after } from 'node:test';
import { HttpTransport } from '../src/kube/http-transport.ts';
import { testApiServer } from './api-server.contract.ts';
import { FakeApiServer } from './fake-api-server.ts';
import { FakeListener } from './fake-listener.ts';
import type { Stored } from './stored-objects.ts';

function server(): FakeApiServer {
  const fake = new FakeApiServer();
  fake.admission = (_kind, { metadata }: Stored) =>
    /^[a-z]/.test(String(metadata['name'])) ? undefined : 'metadata.name must be a subdomain';
  fake.compact();
  return fake;
}

const direct = server();
testApiServer('the stand-in for an API server', async () => ({
  transport: direct.transport(),
  namespace: 'contract',
}));

const listened = server();
const listener = FakeListener.start(listened);
const transport = listener.then(
  (each) => new HttpTransport({ access: each.access(), userAgent: 'test', observer: () => {} }),
);
testApiServer('the same over HTTP', async () => ({ transport: await transport, namespace: 'contract' }));

after(async () => {
  direct.close();
  (await transport).close();
  await (await listener).close();
});
