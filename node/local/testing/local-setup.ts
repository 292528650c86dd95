/** A directory and ports for one test's cluster of fake replicas. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { OPEN_ACCESS } from '../../src/access-options.ts';
import { freePortBase } from '../free-ports.ts';
import type { LocalOptions } from '../options.ts';

const FAKE_REPLICA = path.join(import.meta.dirname, 'fake-replica.ts');

export async function localSetup(
  t: TestContext,
  changes: Partial<LocalOptions> = {},
): Promise<LocalOptions & { readonly program: string }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-local-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const replicas = changes.replicas ?? 3;
  return {
    replicas,
    directory,
    portBase: await freePortBase(replicas),
    verbose: false,
    crashEveryMs: undefined,
    restart: true,
    crashRoute: false,
    consoleWrites: false,
    access: OPEN_ACCESS,
    dataQuota: undefined,
    program: FAKE_REPLICA,
    ...changes,
  };
}

/** Makes replica `index` end with this exit code whenever it starts. */
export function sealFate(directory: string, index: number, exitCode: number): void {
  mkdirSync(path.join(directory, `replica-${index}`), { recursive: true });
  writeFileSync(path.join(directory, `replica-${index}`, 'fate'), `${exitCode}`);
}
