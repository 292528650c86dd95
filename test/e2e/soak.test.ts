/** Everything at once, for long: pods are killed, volumes removed, settings rolled out, and a client writes and reads. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { story } from './testing/story.ts';

const MINUTE_MS = 60_000;
const SOAK_MS = Number(process.env['E2E_SOAK_MINUTES'] ?? '20') * MINUTE_MS;
const KILL_EVERY_MS = 30_000;
const VOLUME_EVERY_MS = 2 * MINUTE_MS;
const ROLL_EVERY_MS = 5 * MINUTE_MS;
const HEALED_MS = 5 * MINUTE_MS;

const anyPod = (): string => `demo-${Math.floor(Math.random() * 3)}`;

story('a soak ends with a linearizable history and a healthy cluster', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const { clusterId } = (await cluster.read()).status ?? {};
  const startedAt = performance.now();
  const last = { volume: startedAt, roll: startedAt };
  const done = { kills: 0, volumes: 0, rolls: 0 };
  for (let next = startedAt; next < startedAt + SOAK_MS; next += KILL_EVERY_MS) {
    await pause(Math.max(0, next - performance.now()));
    const now = performance.now();
    if (now - last.roll >= ROLL_EVERY_MS) {
      last.roll = now;
      done.rolls += 1;
      await cluster.patch({ pod: { env: [{ name: 'ROLL', value: `${done.rolls}` }] } });
    }
    if (now - last.volume >= VOLUME_EVERY_MS) {
      // A second disk of three, before the first one is replaced, would be a lost quorum.
      await cluster.healthy(HEALED_MS);
      last.volume = now;
      done.volumes += 1;
      const pod = anyPod();
      await world.namespace.must('delete', 'pvc', `data-${pod}`, '--wait=false');
      await world.namespace.must('delete', 'pod', pod, '--wait=false');
      world.tell(`${pod} lost its volume`);
    } else {
      const pod = anyPod();
      done.kills += 1;
      const killed = await (done.kills % 2 === 0
        ? world.namespace.crash(pod, 'node')
        : world.namespace.run('delete', 'pod', pod, '--grace-period=0', '--force', '--wait=false'));
      world.tell(`${pod} was killed${killed?.accepted === false ? ', but was not there' : ''}`);
    }
  }
  // What was killed last is still called healthy until somebody looks.
  await pause(KILL_EVERY_MS);
  const { status } = await cluster.healthy(HEALED_MS);
  world.tell(`${done.kills} pods killed, ${done.volumes} volumes lost, ${done.rolls} rolling updates`);
  world.tell(`the longest time without a write was ${(await load.look()).longestGapMs} ms`);
  assert.equal(status?.clusterId, clusterId);
  world.tell(await load.assertNothingLost());
});
