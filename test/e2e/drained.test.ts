/** What `kubectl drain` asks for, pod by pod: it must never take the quorum. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const BACK_MS = 180_000;

story('evictions respect the quorum, under load', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const leader = await cluster.leader();
  const others = ['demo-0', 'demo-1', 'demo-2'].filter((pod) => pod !== leader);
  await load.mark();
  assert.ok(await world.namespace.evict(leader), 'the first may go');
  assert.ok(!(await world.namespace.evict(others[0] ?? '')), 'a second may not');
  for (const pod of others) {
    await until(`${pod} may go when the others are back`, BACK_MS, async () =>
      (await world.namespace.evict(pod)) ? { done: true } : { yet: 'the disruption budget forbids it' },
    );
    world.tell(`${pod} was evicted`);
  }
  await cluster.healthy(BACK_MS);
  world.tell(`all three were evicted; ${(await load.look()).longestGapMs} ms without a write at most`);
  world.tell(await load.assertNothingLost());
});
