/**
 * The suite that the operator's stand-in for an API server passes, against the API server that `KUBECONFIG`
 * names: what the other tests of the operator build on is what a real one does.
 */
import { test } from 'node:test';
import { testApiServer } from '../../operator/testing/api-server.contract.ts';
import { testTakeover } from '../../operator/testing/takeover.contract.ts';
import { realServer } from './testing/real-server.ts';

const server = realServer();
if (server === undefined) {
  test('the runtime against a real API server', { skip: 'KUBECONFIG names none' });
} else {
  testApiServer('a real API server', async () => ({
    transport: server.transport,
    namespace: await server.namespace(),
  }));

  testTakeover('a leader that is paused or killed is replaced within 20 seconds', 15_000, async () => ({
    kubeconfig: server.kubeconfig,
    namespace: await server.namespace(),
  }));
}
