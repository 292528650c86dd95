/** At rest the operator leaves the API server alone. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { World } from './story.ts';

const REST_MS = 120_000;
/** The lease is renewed every two seconds, or a little oftener: the one thing that must be written. */
const LEASE_RENEWALS_MAX = REST_MS / 2_000 + 10;
/** What was told last is told when everything has come to rest. */
const SETTLED_MS = 15_000;
const LOOK_MS = 2_000;
const KINDS = 'pxc,statefulsets,services,configmaps,secrets,pvc,pdb,networkpolicies,serviceaccounts';

/** For two minutes it writes nothing but its lease, and no object of the clusters changes. `look` is called all the while. */
export async function assertAtRest(
  world: World,
  look: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  await pause(SETTLED_MS);
  const before = await world.operator.requests();
  const versions = await objectVersions(world);
  const endsAt = performance.now() + REST_MS;
  while (performance.now() < endsAt) {
    await look();
    await pause(LOOK_MS);
  }
  const after = await world.operator.requests();
  const made = Object.fromEntries(
    Object.entries(after).map(([method, count]) => [method, count - (before[method] ?? 0)]),
  );
  world.tell(`requests in two minutes: ${JSON.stringify(made)}`);
  for (const method of ['POST', 'PATCH', 'DELETE']) assert.equal(made[method] ?? 0, 0, method);
  assert.ok((made['PUT'] ?? 0) <= LEASE_RENEWALS_MAX, 'the lease alone is renewed');
  assert.deepEqual(await objectVersions(world), versions, 'nothing has changed');
}

async function objectVersions({ namespace }: World): Promise<Record<string, string>> {
  const objects = await namespace.list(KINDS);
  return Object.fromEntries(
    objects.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]),
  );
}
