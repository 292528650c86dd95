/** Two of three disks are gone for good. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { conditionOf } from './testing/cluster.ts';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const TOLD_MS = 10_000;
/** Long enough for an operator that would guess. */
const LEFT_ALONE_MS = 20_000;
const RECOVERED_MS = 240_000;

story(
  'a lost quorum is told, nothing is repaired on a guess, and an explicit order recovers it',
  async (world) => {
    const cluster = await world.found(3);
    const load = await world.load(cluster);
    assert.equal(await load.command(['SET', 'kept', 'yes']), '+OK\r\n');
    const { clusterId, members } = (await cluster.read()).status ?? {};
    world.tell(await load.assertNothingLost());

    const refused = async (why: RegExp): Promise<void> => {
      await until(`an order is refused: ${why.source}`, RECOVERED_MS, async () => {
        const events = await world.namespace.events('RecoveryRefused');
        return events.some(({ message }) => why.test(message ?? ''))
          ? { done: true }
          : { yet: 'no event says so' };
      });
    };
    // It stays there: what was refused while all was well must not be obeyed when it could be.
    await cluster.annotate({ 'paxoskv.dev/recover': 'demo=demo-0' });
    await refused(/not known to be lost/);

    for (const pod of ['demo-1', 'demo-2']) {
      await world.namespace.must('delete', 'pvc', `data-${pod}`, '--wait=false');
      await world.namespace.killPod(pod);
    }
    const lostAt = performance.now();
    const lost = await cluster.condition('QuorumAvailable', ({ status }) => status === 'False', TOLD_MS * 3);
    const seconds = (performance.now() - lostAt) / 1_000;
    world.tell(`after ${seconds.toFixed(1)} s: ${lost.reason}: ${lost.message}`);
    assert.ok(seconds * 1_000 < TOLD_MS, 'within ten seconds');
    const [event] = await until('an event tells of it', TOLD_MS, async () => {
      const events = await world.namespace.events('QuorumLost');
      return events.length > 0 ? { done: events } : { yet: 'there is none' };
    });
    assert.match(event?.message ?? '', /docs\/kubernetes\.md#when-the-quorum-is-lost/);
    assert.equal(event?.type, 'Warning');

    await pause(LEFT_ALONE_MS);
    const untouched = await cluster.read();
    assert.equal(conditionOf(untouched, 'QuorumAvailable')?.status, 'False', 'nobody has repaired anything');
    assert.equal(untouched.status?.clusterId, clusterId);
    const survivor = (await cluster.replicas()).find(({ endpoint }) => /demo-0|127\.0\.0\.1/.test(endpoint));
    assert.equal(survivor?.id, members?.find(({ pod }) => pod === 'demo-0')?.id);

    await cluster.annotate({ 'paxoskv.dev/recover': 'another=demo-0' });
    await refused(/must repeat the cluster's name/);
    assert.equal((await cluster.read()).status?.clusterId, clusterId);

    // The claims of those that are lost for good were deleted above: nobody but demo-0 is left to be named.
    await cluster.annotate({ 'paxoskv.dev/recover': 'demo=demo-0' });
    await until('the cluster has a new id', RECOVERED_MS, async () => {
      const { status } = await cluster.read();
      return status?.clusterId !== clusterId ? { done: status } : { yet: JSON.stringify(status?.conditions) };
    });
    const { status } = await cluster.healthy(RECOVERED_MS);
    world.tell(`recovered as cluster ${status?.clusterId}`);
    const after = await world.load(cluster);
    assert.equal(await after.command(['GET', 'kept']), '$3\r\nyes\r\n');
    world.tell(await after.assertNothingLost());
  },
);
