/** A namespace of its own on the API server that `KUBECONFIG` names, for the tests of one file. */
import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { NAMESPACE } from '../../../operator/src/kube/builtin-kinds.ts';
import { accessFromEnvironment } from '../../../operator/src/kube/cluster-access.ts';
import { HttpTransport } from '../../../operator/src/kube/http-transport.ts';
import { KubeApi } from '../../../operator/src/kube/kube-api.ts';

export interface RealServer {
  readonly kubeconfig: string;
  readonly transport: HttpTransport;
  readonly api: KubeApi;
  /** Made at the first use, removed when the file's tests are over. */
  namespace(): Promise<string>;
}

/** `undefined` where no cluster is named: the caller skips its tests then, and says so. */
export function realServer(): RealServer | undefined {
  const kubeconfig = process.env['KUBECONFIG'];
  if (kubeconfig === undefined || kubeconfig === '') return undefined;
  const access = accessFromEnvironment();
  const transport = new HttpTransport({ access, userAgent: 'paxoskv-operator/test', observer: () => {} });
  const api = new KubeApi({ transport, fieldManager: 'paxoskv-test' });
  const name = `paxoskv-test-${randomBytes(4).toString('hex')}`;
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  let made: ReturnType<typeof api.create> | undefined;
  after(async () => {
    if (made !== undefined) await api.delete(NAMESPACE, (await made).metadata);
    transport.close();
  });
  return {
    kubeconfig,
    transport,
    api,
    async namespace() {
      made ??= api.create(NAMESPACE, object);
      return (await made).metadata.name;
    },
  };
}
