/** At rest the operator leaves the API server alone. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { story } from './testing/story.ts';

const REST_MS = 120_000;
/** The lease is renewed every two seconds, or a little oftener: the one thing that must be written. */
const LEASE_RENEWALS_MAX = REST_MS / 2_000 + 10;

story('an operator at rest writes nothing but its lease', async (world) => {
  await world.found(3);
  // What was told last is told when everything has come to rest.
  await pause(10_000);
  const before = await world.operator.requests();
  const versions = await objectVersions();
  await pause(REST_MS);
  const after = await world.operator.requests();
  const made = Object.fromEntries(
    Object.entries(after).map(([method, count]) => [method, count - (before[method] ?? 0)]),
  );
  world.tell(`requests in two minutes: ${JSON.stringify(made)}`);
  for (const method of ['POST', 'PATCH', 'DELETE']) assert.equal(made[method] ?? 0, 0, method);
  assert.ok((made['PUT'] ?? 0) <= LEASE_RENEWALS_MAX, 'the lease alone is renewed');
  assert.deepEqual(await objectVersions(), versions, 'nothing has changed');

  async function objectVersions(): Promise<Record<string, string>> {
    const kinds = 'pxc,statefulsets,services,configmaps,secrets,pvc,pdb,networkpolicies,serviceaccounts';
    const objects = await world.namespace.list(kinds);
    return Object.fromEntries(
      objects.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]),
    );
  }
});
