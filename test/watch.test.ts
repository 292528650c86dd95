/** Watches over real sockets, while replicas are killed, restarted and shut down. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EventStream } from '../node/src/http/testing/event-stream.ts';
import { eventually } from './testing/deadline.ts';
import { Load } from './testing/load.ts';
import { RealCluster } from './testing/real-cluster.ts';

/** Watches everything, resumes at the next replica when its own is gone, and writes down each revision that it hears of. */
class Watcher {
  readonly revisions: number[] = [];
  readonly ends: string[] = [];
  resumed = 0;
  readonly #cluster: RealCluster;
  /** Where its stream comes from, or may come from next. */
  replica: number;
  #isStopped = false;

  constructor(t: TestContext, cluster: RealCluster, replica: number) {
    this.#cluster = cluster;
    this.replica = replica;
    t.after(() => {
      this.#isStopped = true;
    });
    void this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const stream = await this.#open();
      if (stream === undefined) {
        this.replica = (this.replica + 1) % this.#cluster.indexes.length;
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      if (this.revisions.length > 0) this.resumed += 1;
      let taken = 0;
      const take = (): void => {
        for (; taken < stream.events.length; taken += 1) {
          const { event, id, data } = stream.events[taken] ?? {};
          if (event === 'change') this.revisions.push(Number(id));
          if (event === 'ended') this.ends.push(String(data?.['code']));
        }
      };
      await eventually('the stream is over', () => {
        take();
        return stream.isOver || this.#isStopped ? true : undefined;
      });
      stream.close();
      take();
    }
  }

  /** Undefined when that replica is down, or does not know all that came since. */
  async #open(): Promise<EventStream | undefined> {
    const last = this.revisions.at(-1) ?? 0;
    const url = `http://127.0.0.1:${this.#cluster.address(this.replica).httpPort}/v1/watch?prefix=`;
    try {
      return await EventStream.open(url, { 'Last-Event-ID': String(last) });
    } catch {
      return undefined;
    }
  }
}

async function revisionNow(cluster: RealCluster, index: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${cluster.address(index).httpPort}/v1/kv?limit=1`);
  return ((await response.json()) as { revision: number }).revision;
}

test('watchers hear of every revision once, in order, through failovers, restarts and a shutdown', async (t) => {
  const cluster = await RealCluster.start(t);
  const watchers = cluster.indexes.map((index) => new Watcher(t, cluster, index));
  const load = new Load(t, cluster, 4);
  await load.progress(300);
  for (let round = 0; round < 2; round += 1) {
    const leader = await cluster.leader();
    await cluster.kill(leader);
    await load.progress(300);
    cluster.restart(leader);
    await cluster.allReady();
    await load.progress(100);
  }
  const ending = watchers[0]?.replica ?? 0;
  cluster.signal(ending, 'SIGTERM');
  assert.equal(await cluster.ended(ending), 'exit code 0');
  cluster.restart(ending);
  await cluster.allReady();
  await load.progress(100);
  await load.stop();
  const last = await revisionNow(cluster, 0);
  for (const watcher of watchers) {
    await eventually(`a watcher has heard of revision ${last}`, () =>
      watcher.revisions.at(-1) === last ? true : undefined,
    );
    assert.deepEqual(
      watcher.revisions,
      Array.from({ length: last }, (_, index) => index + 1),
    );
  }
  const resumed = watchers.reduce((sum, watcher) => sum + watcher.resumed, 0);
  assert.ok(resumed >= 3, `${resumed} streams were resumed`);
  assert.ok(watchers[0]?.ends.includes('closing'), 'a watcher of the replica that was shut down was told');
});

test('a restarted replica says from which revision on it knows what changed', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const base = `http://127.0.0.1:${cluster.address(0).httpPort}`;
  const set = async (value: string): Promise<void> => {
    assert.ok((await fetch(`${base}/v1/kv/k`, { method: 'PUT', body: value })).ok);
  };
  for (const value of ['1', '2', '3']) await set(value);
  await cluster.kill(0);
  cluster.restart(0);
  await cluster.allReady();
  const refused = await fetch(`${base}/v1/watch?key=k&from=1`);
  assert.equal(refused.status, 410);
  const { code, resumeFrom } = (await refused.json()) as { code: string; resumeFrom: number };
  assert.equal(code, 'compacted');
  // The end of the log is replayed before it listens, or comes again afterwards: both are fine.
  assert.ok(resumeFrom >= 2 && resumeFrom <= 4, `resume from ${resumeFrom}`);
  const stream = await EventStream.open(`${base}/v1/watch?key=k&from=4`);
  t.after(() => stream.close());
  await set('4');
  const [created, change] = await stream.first(2);
  assert.deepEqual([created?.data['from'], change?.id], [4, '4']);
});
