/** Two pods of the operator: one works, the other waits. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const TAKEOVER_MS = 20_000;

story(
  'of two operators one is active, and the other takes over when it dies',
  async (world) => {
    const cluster = await world.found(1);
    for (const [how, end] of [
      ['deleted by force', (pod: string) => world.namespace.killPod(pod)],
      ['crashed', (pod: string) => world.namespace.crash(pod, 'operator')],
    ] as const) {
      const pods = await world.operator.ready(2);
      const before = await world.operator.holder();
      const active = pods.find(({ metadata }) => before.startsWith(`${metadata.name}_`));
      assert.ok(active, `${before} is one of the pods`);
      await end(active.metadata.name);
      const endedAt = performance.now();
      await until('another one holds the lease', TAKEOVER_MS * 2, async () => {
        const now = await world.operator.holder();
        return now !== before && now !== '' ? { done: now } : { yet: `${now} does` };
      });
      const replicas = how === 'crashed' ? 1 : 3;
      await world.namespace.must('scale', 'pxc', cluster.name, `--replicas=${replicas}`);
      await until('the other one works', TAKEOVER_MS, async () => {
        const { status, metadata } = await cluster.read();
        return status?.observedGeneration === metadata.generation ? { done: true } : { yet: 'it does not' };
      });
      const tookMs = performance.now() - endedAt;
      world.tell(
        `the active one was ${how}: the other one is at work after ${(tookMs / 1_000).toFixed(1)} s`,
      );
      assert.ok(tookMs < TAKEOVER_MS, `taken over in ${tookMs} ms`);
      await cluster.healthy(TAKEOVER_MS * 6);
    }
  },
  { operators: 2 },
);
