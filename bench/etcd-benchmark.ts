/** Drives etcd with etcd's own load generator. */
import { KEYS, type Load, VALUE_BYTES } from './load.ts';
import { runTool } from './processes.ts';
import type { LoadResult } from './system.ts';

export const ETCD_BENCHMARK = 'benchmark';

/** What etcd's own tuning guide uses for a thousand clients: gRPC shares a connection among many. */
const CONNECTIONS_MAX = 100;

/**
 * `endpoint` is the leader's. gRPC has no pipeline; the same number of requests in flight on the same
 * number of connections is its equal.
 */
export async function runEtcdBenchmark(
  endpoint: string,
  load: Load,
  operations: number,
  getKey: string,
): Promise<LoadResult> {
  const values = {
    '--endpoints': endpoint,
    '--clients': load.clients * load.pipeline,
    '--conns': Math.min(load.clients, CONNECTIONS_MAX),
    '--total': operations,
    ...(load.operation === 'put'
      ? { '--key-size': 8, '--key-space-size': KEYS, '--val-size': VALUE_BYTES }
      : { '--consistency': 'l' }),
  };
  const command = load.operation === 'put' ? ['put'] : ['range', getKey];
  return parseEtcdBenchmark(
    await runTool(ETCD_BENCHMARK, [...command, '--precise', ...Object.entries(values).flat().map(String)]),
  );
}

/** Throws when the output is not the generator's summary, or counts errors. */
export function parseEtcdBenchmark(output: string): LoadResult {
  const value = (pattern: RegExp, name: string): number => {
    const number = Number(pattern.exec(output)?.[1]);
    if (!(number >= 0)) throw new Error(`etcd's benchmark printed no ${name}:\n${output}`);
    return number;
  };
  if (/Error distribution/.test(output)) throw new Error(`etcd's benchmark saw errors:\n${output}`);
  return {
    operationsPerSecond: value(/Requests\/sec:\s+([\d.e+-]+)/, 'requests per second'),
    p50Ms: value(/\b50% in ([\d.e+-]+) secs/, 'median') * 1_000,
    p99Ms: value(/\b99% in ([\d.e+-]+) secs/, '99th percentile') * 1_000,
  };
}
