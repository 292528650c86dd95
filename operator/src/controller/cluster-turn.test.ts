/** The eyes and hands of one turn, on a stand-in for an API server. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { Applier } from '../kube/applier.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { Conflict } from '../kube/failures.ts';
import { KubeApi } from '../kube/kube-api.ts';
import { ReplicaClient } from '../replica-client/replica-client.ts';
import { parsePaxosCluster } from '../resource/paxos-cluster.ts';
import { CachedObjects, PAXOS_CLUSTER, ServerObjects } from './cluster-objects.ts';
import { ClusterTurn } from './cluster-turn.ts';
import { ObjectWriter } from './object-writer.ts';
import { SharedSecrets } from './shared-secrets.ts';

const NAME = { namespace: 'shop', name: 'demo' };

/** Its caches are level with the server at each look, and the API server is asked as in production. */
function turnOn(server: FakeApiServer): ClusterTurn {
  const api = new KubeApi({ transport: server.transport(), fieldManager: 'paxoskv-operator' });
  const applier = new Applier(api);
  const cached = new CachedObjects(new Map());
  const source = new ServerObjects(api);
  const parsed = parsePaxosCluster(server.get(PAXOS_CLUSTER, NAME));
  if (parsed.kind === 'faulty') assert.fail('the spec is understood');
  return new ClusterTurn(
    {
      api,
      applier,
      writer: new ObjectWriter({ api, applier, cached }),
      cached: source,
      server: source,
      replicas: new ReplicaClient(() => true),
      secrets: new SharedSecrets(api, cached),
      events: new EventRecorder({ api, controller: 'paxoskv.dev/operator', observer: () => {} }),
      operator: undefined,
      documentation: 'https://example.com/docs',
      foreign: { served: { certificate: false, serviceMonitor: false, podMonitor: false } },
      clockMs: Date.now,
    },
    parsed.cluster,
    0,
  );
}

suite('ClusterTurn', () => {
  test('writes no status that was decided from an older version, though it has seen the newer one', async (t) => {
    const server = new FakeApiServer({ kinds: [PAXOS_CLUSTER] });
    t.after(() => server.close());
    const { apiVersion, kind } = PAXOS_CLUSTER;
    server.create(PAXOS_CLUSTER, { apiVersion, kind, metadata: NAME, spec: {} } as never);
    const turn = turnOn(server);
    const old = await turn.look();
    server.setStatus(PAXOS_CLUSTER, NAME, { clusterId: 'c'.repeat(32) });
    const newer = await turn.lookAgain();
    assert.ok(old !== undefined && newer !== undefined);
    assert.equal(old.documentation, 'https://example.com/docs');
    await assert.rejects(turn.writeStatus(old.status, old.resourceVersion), Conflict);
    const { status } = server.get(PAXOS_CLUSTER, NAME) as { status?: { clusterId?: string } };
    assert.equal(status?.clusterId, 'c'.repeat(32));
    await turn.writeStatus(newer.status, newer.resourceVersion);
  });
});
