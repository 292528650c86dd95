/** One redis-server that syncs its append-only file before every answer. */
import { mkdirSync } from 'node:fs';
import { fill } from '../fill.ts';
import { freePort, runTool, ServerProcess, until } from '../processes.ts';
import { REDIS_BENCHMARK, runRedisBenchmark } from '../redis-benchmark.ts';
import type { System } from '../system.ts';

export function redis(): System {
  let server: ServerProcess | undefined;
  let port = 0;
  return {
    name: 'redis',
    needs: ['redis-server', 'redis-cli', REDIS_BENCHMARK],
    setting: 'one redis-server, appendfsync always',
    async start(directory) {
      mkdirSync(directory);
      port = await freePort();
      const values = {
        '--port': port,
        '--bind': '127.0.0.1',
        '--dir': directory,
        '--appendonly': 'yes',
        '--appendfsync': 'always',
        '--save': '',
        // A rewrite in the middle of a run would be another measurement.
        '--auto-aof-rewrite-percentage': 0,
      };
      server = new ServerProcess('redis-server', Object.entries(values).flat().map(String));
      await until('redis-server answers', async () => {
        const answer = await runTool('redis-cli', ['-p', `${port}`, 'ping']).catch(() => undefined);
        return answer?.trim() === 'PONG' ? true : undefined;
      });
      await fill(port);
    },
    pids: () => (server === undefined ? [] : [server.pid]),
    run: (load, operations) => runRedisBenchmark(port, load, operations),
    stop: async () => await server?.stop(),
  };
}
