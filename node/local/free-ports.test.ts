import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { requireFreePorts } from './free-ports.ts';
import { localSetup } from './testing/local-setup.ts';

test('requireFreePorts() names the port, its replica and the option that moves it', async (t) => {
  const { portBase } = await localSetup(t);
  const server = createServer().listen(portBase + 2_001, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  await assert.rejects(requireFreePorts(portBase, 3), (error) => {
    assert.ok(error instanceof Error);
    assert.match(
      error.message,
      new RegExp(
        `^--port-base must leave port ${portBase + 2_001} to replica 1.*EADDRINUSE.*: it is ${portBase}$`,
      ),
    );
    return true;
  });
  await requireFreePorts(portBase, 1);
});
