/** Three replicas as `npm start` runs them, every request to the one that leads. */
import { allReady, leaderOf, reportOf } from '../../node/local/cluster-watch.ts';
import { freePortBase } from '../../node/local/free-ports.ts';
import { describeEvent } from '../../node/local/messages.ts';
import { REPLICA_PROGRAM, Supervisor } from '../../node/local/supervisor.ts';
import { OPEN_ACCESS } from '../../node/src/access-options.ts';
import { fill } from '../fill.ts';
import { until } from '../processes.ts';
import { REDIS_BENCHMARK, runRedisBenchmark } from '../redis-benchmark.ts';
import type { System } from '../system.ts';

const REPLICAS = 3;

/** `program` is the replica's; a test may put a stand-in there. */
export function paxoskv(program = REPLICA_PROGRAM): System {
  let supervisor: Supervisor | undefined;

  /** Throws when a replica has ended: no figure of a cluster that lost one counts. */
  function pids(): number[] {
    return (supervisor?.processes ?? []).map((replica) => {
      if (replica.pid === undefined) throw new Error(`replica ${replica.index} has ended`);
      return replica.pid;
    });
  }

  async function leaderPort(): Promise<number> {
    return await until('PaxosKV is ready', async () => {
      pids();
      const addresses = supervisor?.addresses ?? [];
      const report = await reportOf(addresses);
      return allReady(report) ? addresses[leaderOf(report) ?? 0]?.redisPort : undefined;
    });
  }

  return {
    name: 'paxoskv',
    needs: [REDIS_BENCHMARK],
    setting: 'three replicas, default settings, requests to the leader',
    async start(directory) {
      supervisor = new Supervisor(
        {
          replicas: REPLICAS,
          directory,
          portBase: await freePortBase(REPLICAS),
          verbose: false,
          restart: false,
          crashRoute: false,
          access: OPEN_ACCESS,
          program,
        },
        (event) => {
          // Only a death matters here, and what the replica said before it.
          if (event.kind !== 'started') console.error(describeEvent(event));
        },
      );
      supervisor.start();
      await fill(await leaderPort());
    },
    pids,
    async run(load, operations) {
      return await runRedisBenchmark(await leaderPort(), load, operations);
    },
    stop: async () => await supervisor?.stop(),
  };
}
