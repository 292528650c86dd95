/** Drives a server that speaks RESP with Redis's own load generator. */
import { KEYS, type Load, VALUE_BYTES } from './load.ts';
import { runTool } from './processes.ts';
import type { LoadResult } from './system.ts';

export const REDIS_BENCHMARK = 'redis-benchmark';

export async function runRedisBenchmark(port: number, load: Load, operations: number): Promise<LoadResult> {
  const values = {
    '-p': port,
    '-t': load.operation === 'put' ? 'set' : 'get',
    '-d': VALUE_BYTES,
    '-r': KEYS,
    '-n': operations,
    '-c': load.clients,
    '-P': load.pipeline,
    '--precision': 3,
  };
  return parseRedisBenchmark(
    await runTool(REDIS_BENCHMARK, ['--csv', ...Object.entries(values).flat().map(String)]),
  );
}

/** Throws when the output is not what `--csv` prints. */
export function parseRedisBenchmark(output: string): LoadResult {
  const rows = output
    .split('\n')
    .filter((line) => line.startsWith('"'))
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')));
  const [names, values] = rows;
  const value = (name: string): number => {
    const number = Number(values?.[names?.indexOf(name) ?? -1]);
    if (!(number >= 0)) throw new Error(`redis-benchmark printed no ${name}:\n${output}`);
    return number;
  };
  return {
    operationsPerSecond: value('rps'),
    p50Ms: value('p50_latency_ms'),
    p99Ms: value('p99_latency_ms'),
  };
}
