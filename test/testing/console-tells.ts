/** What the console of a replica says while a fault is there, and when it is over. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Finding } from '../../node/src/admin/console/finding.ts';
import { framesOf } from '../../node/src/admin/testing/live-frames.ts';
import type { RealCluster } from './real-cluster.ts';

/** A sentence waits for the fault to last, some of them for seconds; this only ends a test that has failed. */
const DEADLINE_MS = 60_000;

/** A sentence's code, or that and the index of the replica that the sentence must name. */
type Told = string | readonly [code: string, about: number];

/** Resolves when each of them has stood on the page that the replica serves. */
export async function consoleTells(
  t: TestContext,
  cluster: RealCluster,
  index: number,
  ...told: readonly Told[]
): Promise<void> {
  const missing = new Set(told);
  const missingText = () => `does not say ${[...missing].join(', ')}`;
  await until(cluster, index, missingText, (findings) => {
    for (const each of missing) {
      const finding = findings.find((candidate) => isOf(cluster, candidate, each));
      if (finding === undefined) continue;
      missing.delete(each);
      t.diagnostic(`the console says ${finding.code}: ${finding.sentence}`);
    }
    return missing.size === 0;
  });
}

/** Resolves when the page that the replica serves says that all is well, and nothing else. */
export async function consoleSaysHealthy(cluster: RealCluster, index: number): Promise<void> {
  await until(
    cluster,
    index,
    () => 'does not say healthy alone',
    (findings) => findings.map(({ code }) => code).join() === 'healthy',
  );
}

function isOf(cluster: RealCluster, { code, sentence }: Finding, told: Told): boolean {
  const [wanted, about] = typeof told === 'string' ? [told] : told;
  const address = about === undefined ? '' : `127.0.0.1:${cluster.address(about).adminPort}`;
  return code === wanted && sentence.includes(address);
}

async function until(
  cluster: RealCluster,
  index: number,
  fault: () => string,
  isEnough: (findings: readonly Finding[]) => boolean,
): Promise<void> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), DEADLINE_MS);
  let latest: readonly string[] = [];
  try {
    const live = `http://127.0.0.1:${cluster.address(index).adminPort}/console/live`;
    const response = await fetch(live, { headers: cluster.adminHeaders, signal: end.signal });
    for await (const { findings } of framesOf(response)) {
      latest = findings.map(({ code }) => code);
      if (isEnough(findings)) return;
    }
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    end.abort();
  }
  assert.fail(`the console ${fault()}; it says ${latest.join(', ')}`);
}
