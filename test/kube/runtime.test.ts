/**
 * The same suite against the API server that `KUBECONFIG` names: what the stand-in promises in the other
 * tests of the operator is what a real one does. In a namespace of its own, which goes at the end.
 */
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { NAMESPACE } from '../../operator/src/kube/builtin-kinds.ts';
import { accessFromEnvironment } from '../../operator/src/kube/cluster-access.ts';
import { HttpTransport } from '../../operator/src/kube/http-transport.ts';
import { KubeApi } from '../../operator/src/kube/kube-api.ts';
import { testApiServer } from '../../operator/testing/api-server.contract.ts';

if (process.env['KUBECONFIG'] === undefined) {
  test('the runtime against a real API server', { skip: 'KUBECONFIG names none' });
} else {
  const transport = new HttpTransport({
    access: accessFromEnvironment(),
    userAgent: 'paxoskv-operator/test',
    observer: () => {},
  });
  const api = new KubeApi({ transport, fieldManager: 'paxoskv-test' });
  const namespace = `paxoskv-runtime-${randomBytes(4).toString('hex')}`;
  const made = api.create(NAMESPACE, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });

  testApiServer('a real API server', async () => {
    await made;
    return { transport, namespace };
  });

  after(async () => {
    await api.delete(NAMESPACE, (await made).metadata);
    transport.close();
  });
}
