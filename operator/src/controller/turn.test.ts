import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { calmDown, happen, type Happening } from '../../testing/happenings.ts';
import { CALM, Conflict, Died, OperatorInWorld, type TurnOptions } from '../../testing/operator-in-world.ts';
import { World, type WorldSpec } from '../../testing/world.ts';

const SPEC: WorldSpec = { replicas: 3, paused: false, image: 'good-1', retainsWhenScaled: true };
/** Turns until a cluster must be at rest: each change of members takes some, and a world has a handful of them to do. */
const TURNS_MAX = 400;

async function tryTurn(
  world: World,
  operator: OperatorInWorld,
  options: TurnOptions,
): Promise<OperatorInWorld> {
  operator.takePicture();
  try {
    await operator.turn(options);
  } catch (error) {
    if (error instanceof Conflict) return operator;
    if (!(error instanceof Died)) throw error;
    const next = new OperatorInWorld(world);
    next.takePicture();
    return next;
  } finally {
    assert.deepEqual(world.violations, []);
  }
  return operator;
}

function isAsAskedFor(world: World): boolean {
  const { conditions, observedGeneration } = world.status;
  const status = (type: string): string | undefined => conditions.find((each) => each.type === type)?.status;
  return (
    observedGeneration === world.generation &&
    ['Available', 'QuorumAvailable', 'MembersReady', 'MembersUpdated'].every(
      (type) => status(type) === 'True',
    ) &&
    ['Progressing', 'Degraded'].every((type) => status(type) === 'False') &&
    world.pods.size === world.spec.replicas
  );
}

/** Goes on until all is as asked for, and checks that nothing is written from then on. */
async function settle(world: World, operator: OperatorInWorld): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX && !isAsAskedFor(world); turn += 1) {
    world.step();
    await tryTurn(world, operator, CALM);
  }
  assert.ok(
    isAsAskedFor(world),
    `not at rest: ${JSON.stringify(world.status.conditions.filter(({ type, status }) => (status === 'False') === (type !== 'Degraded' && type !== 'Progressing' && type !== 'Paused')))}`,
  );
  // What comes along, such as annotations and labels, may be a turn later.
  for (let turn = 0; turn < 10; turn += 1) {
    world.step();
    await tryTurn(world, operator, CALM);
  }
  const { writes } = operator;
  for (let turn = 0; turn < 5; turn += 1) {
    world.step();
    world.write(3);
    await tryTurn(world, operator, CALM);
  }
  assert.equal(operator.writes, writes, 'something is written at rest');
  const cluster = [...world.clusters.values()].at(-1);
  assert.deepEqual(
    cluster?.members
      .map(({ ordinal, voter }) => [ordinal, voter])
      .toSorted(([left], [right]) => Number(left) - Number(right)),
    Array.from({ length: world.spec.replicas }, (_, ordinal) => [ordinal, true]),
  );
}

const ordinal = fc.integer({ min: 0, max: 4 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('step' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('write' as const), count: fc.integer({ min: 1, max: 700 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('scale' as const), replicas: fc.constantFrom(1, 3, 5) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('image' as const),
      image: fc.constantFrom('good-1', 'good-2', 'bad-3'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause' as const), paused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'killPod',
        'crash',
        'hide',
        'stall',
        'freeze',
        'thaw',
        'loseVolume',
        'wipe',
        'loseVolume',
      ),
      ordinal,
    }),
  },
) as fc.Arbitrary<Happening>;
const age = fc.integer({ min: 0, max: 6 });
const turnOptions: fc.Arbitrary<TurnOptions> = fc.record({
  ages: fc.oneof(fc.constant([0, 0, 0, 0] as const), fc.tuple(age, age, age, age)),
  diesAfter: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 2 }),
});
const story = fc.record({
  replicas: fc.constantFrom(1, 3, 3, 5),
  retainsWhenScaled: fc.boolean(),
  scenes: fc.array(fc.tuple(fc.array(happening, { maxLength: 4 }), turnOptions), {
    minLength: 5,
    maxLength: 60,
  }),
});

test(
  'whatever happens, and wherever the operator dies, no rule is broken and all is as asked for in the end',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ replicas, retainsWhenScaled, scenes }) => {
        const world = new World({ ...SPEC, replicas, retainsWhenScaled });
        let operator = new OperatorInWorld(world);
        for (const [happenings, options] of scenes) {
          for (const each of happenings) {
            happen(world, each);
            operator.takePicture();
          }
          world.step();
          operator = await tryTurn(world, operator, options);
        }
        calmDown(world);
        await settle(world, operator);
      }),
      { numRuns: Number(process.env['PAXOSKV_STORIES'] ?? 300) },
    );
  },
);

test('a cluster is founded, and rests', async () => {
  const world = new World(SPEC);
  const operator = new OperatorInWorld(world);
  await settle(world, operator);
  assert.equal(world.clusters.size, 1);
  assert.deepEqual(
    operator.events.map(({ reason }) => reason),
    ['ClusterFounded', 'QuorumFollowsLeader'],
  );
});

test('a cluster that has lost its quorum goes on by order, as a new one that the others join', async () => {
  const world = new World(SPEC);
  const operator = new OperatorInWorld(world);
  await settle(world, operator);
  world.write(100);
  for (const place of [0, 1]) {
    const volume = world.volumes.get(`data-demo-${place}`);
    const pod = world.pods.get(`demo-${place}`);
    assert.ok(volume !== undefined && pod !== undefined);
    Object.assign(volume, { directory: undefined });
    pod.running = false;
  }
  for (let turn = 0; turn < 20; turn += 1) {
    world.step();
    await tryTurn(world, operator, CALM);
  }
  assert.equal(world.status.conditions.find(({ type }) => type === 'QuorumAvailable')?.reason, 'QuorumLost');
  assert.equal(world.clusters.size, 1);
  const { clusterId } = world.status;
  world.recover = 'demo=demo-2';
  await settle(world, operator);
  assert.equal(world.clusters.size, 2);
  assert.notEqual(world.status.clusterId, clusterId);
  assert.ok([...world.clusters.values()].at(-1)!.committed >= 100);
});

/** From three to one, until the removal of the last but one is chosen; then its disk writes nothing more. */
async function stalledInTheLastRemoval(): Promise<[World, OperatorInWorld]> {
  const world = new World({ ...SPEC, retainsWhenScaled: false });
  const operator = new OperatorInWorld(world);
  await settle(world, operator);
  world.write(100);
  happen(world, { kind: 'scale', replicas: 1 });
  const [cluster] = world.clusters.values();
  assert.ok(cluster !== undefined);
  for (let turn = 0; turn < TURNS_MAX && cluster.members.length > 1; turn += 1) {
    world.step();
    await tryTurn(world, operator, CALM);
  }
  assert.deepEqual([cluster.members.length, cluster.changeUnderWay], [1, true]);
  happen(world, { kind: 'stall', ordinal: 1 });
  return [world, operator];
}

test('who was removed keeps its pod and its volume until nobody needs it any more', async () => {
  const [world, operator] = await stalledInTheLastRemoval();
  for (let turn = 0; turn < 30; turn += 1) {
    world.step();
    await tryTurn(world, operator, CALM);
  }
  assert.equal(world.status.conditions.find(({ type }) => type === 'Progressing')?.reason, 'ChangingMembers');
  const [pod, volume] = [world.pods.get('demo-1'), world.volumes.get('data-demo-1')];
  assert.deepEqual([pod?.deleting, volume?.deleting, volume?.removedReplicaId], [false, false, undefined]);
  assert.deepEqual(world.orders?.removedReplicas.includes(volume?.directory?.replica ?? ''), false);
  calmDown(world);
  await settle(world, operator);
  assert.equal(world.volumes.has('data-demo-1'), false);
});
