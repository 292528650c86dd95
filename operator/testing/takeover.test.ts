import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { FakeApiServer } from './fake-api-server.ts';
import { FakeListener } from './fake-listener.ts';
import { testTakeover } from './takeover.contract.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'paxoskv-takeover-'));
const listener = FakeListener.start(new FakeApiServer());

testTakeover(
  'of several processes one leads: paused, told to end or killed, it is replaced',
  3_000,
  async () => {
    const kubeconfig = path.join(folder, 'config');
    writeFileSync(kubeconfig, (await listener).kubeconfig);
    return { kubeconfig, namespace: 'test' };
  },
);

after(async () => {
  await (await listener).close();
  rmSync(folder, { recursive: true });
});
