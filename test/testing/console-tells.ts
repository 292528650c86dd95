/** What the console of a replica says while a fault is there: the same faults that alerts are about have a sentence each. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { framesOf } from '../../node/src/admin/testing/live-frames.ts';
import type { RealCluster } from './real-cluster.ts';

/** A sentence waits for the fault to last, some of them for seconds; this only ends a test that has failed. */
const DEADLINE_MS = 60_000;

/** Resolves when each of them stands on the page that the replica serves. */
export async function consoleTells(
  t: TestContext,
  cluster: RealCluster,
  index: number,
  ...codes: readonly string[]
): Promise<void> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), DEADLINE_MS);
  const missing = new Set(codes);
  let latest: readonly string[] = [];
  try {
    const live = `http://127.0.0.1:${cluster.address(index).adminPort}/console/live`;
    const response = await fetch(live, { headers: cluster.adminHeaders, signal: end.signal });
    for await (const { findings } of framesOf(response)) {
      latest = findings.map(({ code }) => code);
      for (const { code, sentence } of findings)
        if (missing.delete(code)) t.diagnostic(`the console says ${code}: ${sentence}`);
      if (missing.size === 0) return;
    }
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    end.abort();
  }
  assert.fail(`the console does not say ${[...missing].join(', ')}; it says ${latest.join(', ')}`);
}
