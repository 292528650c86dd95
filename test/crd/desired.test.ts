/** The objects that a cluster owns, against a real API server: it takes them as they are, keeps them when they come again, and finds its pods restricted. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { claimGrowth } from '../../operator/src/desired/volume-claim.ts';
import { desiredObjects } from '../../operator/src/desired/desired-objects.ts';
import { podTemplate } from '../../operator/src/desired/pod-template.ts';
import { FULL_SPEC, wantedExample } from '../../operator/src/desired/testing/wanted-example.ts';
import type { Wanted } from '../../operator/src/desired/wanted.ts';
import { ACCEPTED_SPECS } from '../../operator/src/resource/testing/accepted-specs.ts';
import {
  apiServerMissing,
  applyDefinition,
  kubectl,
  makeNamespace,
  mustKubectl,
  removeNamespace,
  tryToApply,
  tryToCreate,
} from './api-server.ts';

const missing = await apiServerMissing();
const CONCURRENCY = 4;
const FIELD_MANAGER = '--field-manager=paxoskv-operator';

describe(
  'the objects of a cluster on a real API server',
  { skip: missing ?? false, concurrency: CONCURRENCY },
  () => {
    let namespace = '';
    /** Of kinds that the API server does not know, nothing can be shown. */
    let served: Wanted['served'];
    before(async () => {
      await applyDefinition();
      namespace = await makeNamespace();
      const kinds = (await mustKubectl(['api-resources', '-o', 'name'])).split('\n');
      const knows = (name: string): boolean => kinds.includes(`${name}.`);
      served = {
        serviceMonitor: knows('servicemonitors'),
        podMonitor: knows('podmonitors'),
        certificate: knows('certificates'),
      };
    });
    after(() => removeNamespace(namespace));

    const wantedHere = (name: string, spec: object, more: Partial<Wanted> = {}): Wanted =>
      wantedExample(spec, { metadata: { name, namespace, uid: 'nobody' }, served, ...more });

    for (const { what, spec } of [...ACCEPTED_SPECS, { what: 'everything at once', spec: FULL_SPEC }]) {
      it(`takes what is made of a spec with ${what}`, async () => {
        const items = desiredObjects(wantedHere('tried', spec));
        const { accepted, stderr } = await tryToApply({ apiVersion: 'v1', kind: 'List', items });
        assert.ok(accepted, stderr);
        assert.doesNotMatch(stderr, /Warning/);
      });

      it(`takes a pod of a spec with ${what}, restricted as the namespace demands`, async () => {
        const { metadata, spec: pod } = podTemplate(wantedHere('tried', spec)) as {
          metadata: object;
          spec: { volumes: object[]; priorityClassName?: string };
        };
        const volumes = [...pod.volumes, { name: 'data', emptyDir: {} }];
        // The account and a class of priority are looked up, the rest is not.
        const plain = { ...pod, volumes, serviceAccountName: 'default', priorityClassName: undefined };
        const { accepted, stderr } = await tryToCreate({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { ...metadata, name: 'tried-0', namespace },
          spec: plain,
        });
        assert.ok(accepted, stderr);
        assert.doesNotMatch(stderr, /Warning/);
      });
    }

    it('changes nothing when the same objects are applied again', async () => {
      const owner = JSON.parse(
        await mustKubectl(['apply', '--server-side', '-o', 'json', '-f', '-'], {
          apiVersion: 'paxoskv.dev/v1alpha1',
          kind: 'PaxosCluster',
          metadata: { name: 'kept', namespace },
          // An operator that happens to run here leaves it alone.
          spec: { paused: true },
        }),
      ) as { metadata: { uid: string } };
      // Without pods: there may be no image.
      const metadata = { name: 'kept', namespace, uid: owner.metadata.uid };
      const items = desiredObjects(wantedHere('kept', { paused: true }, { metadata, podCount: 0 }));
      const applyAll = async (): Promise<[string, string, number | undefined][]> => {
        const list = { apiVersion: 'v1', kind: 'List', items };
        const answer = JSON.parse(
          await mustKubectl(['apply', '--server-side', FIELD_MANAGER, '-o', 'json', '-f', '-'], list),
        ) as { items: { kind: string; metadata: { name: string; generation?: number } }[] };
        return answer.items.map(({ kind, metadata: { name, generation } }) => [kind, name, generation]);
      };
      const first = await applyAll();
      assert.equal(first.length, items.length);
      assert.deepEqual(await applyAll(), first);
      // A volume that grows, with the claim template as it was, and as it must not be.
      const grown = { storage: { size: '20Gi' } };
      const setOf = (templateSize: string | undefined): object | undefined =>
        desiredObjects(wantedHere('kept', grown, { metadata, podCount: 0, templateSize })).find(
          ({ kind }) => kind === 'StatefulSet',
        );
      const apply = ['apply', '--server-side', FIELD_MANAGER, '--dry-run=server', '-f', '-'];
      const good = await kubectl(apply, setOf('10Gi'));
      assert.ok(good.accepted, good.stderr);
      const bad = await kubectl(apply, setOf(undefined));
      assert.match(bad.stderr, /updates to statefulset spec for fields other than/);
    });

    it('makes no claim of what only says how large a claim is to be', async () => {
      const { accepted, stderr } = await tryToApply(claimGrowth(wantedHere('tried', {}), 0));
      assert.ok(!accepted);
      assert.match(stderr, /accessModes: Required value/);
    });
  },
);
