/** The table of specs against a real API server: it refuses what the parser refuses, with a sentence that says what to write instead. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parsePaxosCluster } from '../../operator/src/resource/paxos-cluster.ts';
import {
  ACCEPTED_SPECS,
  ACCEPTED_UPDATES,
  REFUSED_UPDATES,
} from '../../operator/src/resource/testing/accepted-specs.ts';
import { REFUSED_SPECS } from '../../operator/src/resource/testing/refused-specs.ts';
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
/** kubectl takes longer to start than the API server to answer. */
const CONCURRENCY = 4;

/** The API server writes the key of a map in one way or the other. */
function pathsOf(path: string): string[] {
  return [path, path.replaceAll(/\[(\D+)\]/g, '.$1')];
}

function condition(type: string, status: string, reason: string) {
  return { type, status, reason, message: '', lastTransitionTime: '2026-11-21T16:53:00Z' };
}

describe('PaxosCluster on a real API server', { skip: missing ?? false, concurrency: CONCURRENCY }, () => {
  let namespace = '';
  before(async () => {
    await applyDefinition();
    namespace = await makeNamespace();
  });
  after(() => removeNamespace(namespace));

  const cluster = (name: string, spec: unknown) => ({
    apiVersion: 'paxoskv.dev/v1alpha1',
    kind: 'PaxosCluster',
    metadata: { name, namespace },
    spec,
  });

  for (const { what, spec, name = 'case', path, must, server } of REFUSED_SPECS) {
    it(`refuses ${what}`, async () => {
      const { accepted, stderr } = await tryToCreate(cluster(name, spec));
      assert.ok(!accepted, 'it was accepted');
      // The name can only be judged from the root, which is how the API server calls the place.
      if (path !== 'metadata.name')
        assert.ok(
          pathsOf(path).some((each) => stderr.includes(each)),
          stderr,
        );
      assert.ok(stderr.includes(must ?? server ?? ''), stderr);
    });
  }

  for (const { what, spec } of ACCEPTED_SPECS) {
    it(`accepts ${what}, with the parser's defaults`, async () => {
      const { accepted, stdout, stderr } = await tryToCreate(cluster('case', spec));
      assert.ok(accepted, stderr);
      const stored = JSON.parse(stdout) as { metadata: object };
      const fromServer = parsePaxosCluster({
        ...stored,
        metadata: { resourceVersion: '1', uid: 'u', ...stored.metadata },
      });
      const fromUs = parsePaxosCluster({
        ...stored,
        spec,
        metadata: { resourceVersion: '1', uid: 'u', ...stored.metadata },
      });
      assert.equal(fromServer.kind, 'parsed');
      assert.equal(fromUs.kind, 'parsed');
      assert.deepEqual(fromServer.cluster.spec, fromUs.cluster.spec);
    });
  }

  /** Paused, so that an operator that happens to run here leaves it alone. */
  const make = async (name: string, spec: object): Promise<void> => {
    await mustKubectl(
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      cluster(name, { ...spec, paused: true }),
    );
  };

  for (const [index, update] of REFUSED_UPDATES.entries()) {
    it(`refuses ${update.what}`, async () => {
      const name = `refused-${index}`;
      await make(name, update.before);
      const { accepted, stderr } = await tryToApply(cluster(name, { ...update.after, paused: true }));
      assert.ok(!accepted, 'it was accepted');
      assert.ok(stderr.includes(update.path) && stderr.includes(update.must), stderr);
    });
  }

  for (const [index, update] of ACCEPTED_UPDATES.entries()) {
    it(`accepts ${update.what}`, async () => {
      const name = `accepted-${index}`;
      await make(name, update.before);
      const { accepted, stderr } = await tryToApply(cluster(name, { ...update.after, paused: true }));
      assert.ok(accepted, stderr);
    });
  }

  const scaleTo = (replicas: number) =>
    kubectl(['-n', namespace, 'scale', 'pxc/scaled', `--replicas=${replicas}`, '--dry-run=server']);

  const patchStatus = (name: string, status: object) =>
    kubectl([
      '-n',
      namespace,
      'patch',
      `pxc/${name}`,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);

  it('is scaled by kubectl, within the same bounds', async () => {
    await make('scaled', {});
    const refused = await scaleTo(2);
    assert.ok(!refused.accepted && refused.stderr.includes('must be 1, 3, 5 or 7'), refused.stderr);
    const accepted = await scaleTo(5);
    assert.ok(accepted.accepted, accepted.stderr);
  });

  it('never founds a cluster twice', async () => {
    await make('founded', {});
    const bootstrap = { clusterId: 'a'.repeat(32), seed: 'b'.repeat(12) };
    const first = await patchStatus('founded', {
      bootstrap,
      observedGeneration: 1,
      selector: 'a=b',
      replicas: 3,
    });
    assert.ok(first.accepted, first.stderr);
    const other = await patchStatus('founded', { bootstrap: { ...bootstrap, seed: 'c'.repeat(12) } });
    assert.match(other.stderr, /status\.bootstrap.*must stay as it is: a cluster is founded once/s);
    const none = await patchStatus('founded', { bootstrap: null });
    assert.match(none.stderr, /status\.bootstrap.*must stay once it is there/s);
    const same = await patchStatus('founded', { bootstrap, replicas: 2 });
    assert.ok(same.accepted, same.stderr);
  });

  it('tells the truth in columns', async () => {
    await make('shown', {});
    const status = {
      ready: '2/3',
      leader: 'shown-1',
      updatedReplicas: 3,
      conditions: [
        condition('Available', 'True', 'Serving'),
        condition('QuorumAvailable', 'True', 'TwoOfThree'),
      ],
    };
    const patched = await patchStatus('shown', status);
    assert.ok(patched.accepted, patched.stderr);
    const [header, row] = (await mustKubectl(['-n', namespace, 'get', 'pxc', 'shown'])).split('\n');
    assert.match(header ?? '', /^NAME +READY +AVAILABLE +LEADER +REASON +AGE *$/);
    assert.match(row ?? '', /^shown +2\/3 +True +shown-1 +Serving +\d+s *$/);
    const wide = await mustKubectl(['-n', namespace, 'get', 'pxc', 'shown', '-o', 'wide']);
    assert.match(wide, /QUORUM +PROGRESSING +DEGRADED +UPDATED +IMAGE +CLUSTER-ID/);
    assert.match(wide, /True .* 3 +paxoskv\/node:0\.1\.0/);
  });
});
