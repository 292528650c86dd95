/** A cluster that speaks TLS on all ports lives as any other does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Authority } from '../../node/src/tls/testing/certificates.ts';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const HEALED_MS = 180_000;
const CERTIFICATE = 'demo-certificate';
const SHOW_SERIAL = `tls.connect({ port: 6379, rejectUnauthorized: false }, function () {
  console.log(this.getPeerCertificate().serialNumber);
  this.end();
})`;

story(
  'with TLS a cluster is founded, heals, scales, and takes a new certificate as it runs',
  async (world) => {
    const { namespace } = world;
    const inPod = (...words: string[]): Promise<string> =>
      namespace.must('exec', 'demo-0', '--container=node', '--', ...words);
    const authority = new Authority(world.context);
    const names = ['demo', 'demo-leader', '*.demo-peers'].flatMap((name) => [
      `${name}.${namespace.name}.svc`,
    ]);
    const issue = async (): Promise<void> => {
      const { certificate, key } = authority.issue(names.map((name) => `DNS:${name}`).join(','));
      const [crt, pem] = [certificate, key].map((file) => readFileSync(file, 'utf8'));
      await namespace.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: CERTIFICATE },
        stringData: { 'tls.crt': crt, 'tls.key': pem, 'ca.crt': authority.pem.toString() },
      });
    };
    await issue();
    const cluster = await world.found(3, { tls: { secretName: CERTIFICATE } });
    await inPod('paxosctl', 'put', 'kept', 'yes');

    const lostId = (await cluster.read()).status?.members?.find(({ pod }) => pod === 'demo-1')?.id;
    await namespace.must('delete', 'pvc', 'data-demo-1', '--wait=false');
    await namespace.must('delete', 'pod', 'demo-1', '--wait=false');
    await until('demo-1 is another replica', HEALED_MS, async () => {
      const members = (await cluster.read()).status?.members ?? [];
      return members.every(({ id }) => id !== lostId) ? { done: true } : { yet: JSON.stringify(members) };
    });
    await cluster.healthy(HEALED_MS);
    world.tell('demo-1 lost its volume and was replaced');
    await cluster.patch({ replicas: 5 });
    await cluster.healthy(HEALED_MS);
    world.tell('five replicas vote');

    const pods = async (): Promise<string[]> => (await cluster.pods()).map(({ metadata }) => metadata.uid);
    const before = await pods();
    const shown = (): Promise<string> => inPod('node', '--eval', SHOW_SERIAL);
    const old = await shown();
    await issue();
    // The kubelet looks at Secrets once a minute or so.
    await until('the new certificate is shown', HEALED_MS, async () =>
      (await shown()) === old ? { yet: 'it is the old one' } : { done: true },
    );
    await cluster.healthy(HEALED_MS);
    assert.deepEqual(await pods(), before, 'a new certificate restarts nobody');
    assert.equal((await inPod('paxosctl', 'get', 'kept')).trim(), 'yes');
  },
);
