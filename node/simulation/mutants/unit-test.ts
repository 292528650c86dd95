/** Runs one test with a copy of the sources, for a mutant that hardly any run of the simulator can come upon. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Checkout } from './checkout.ts';

export interface UnitTest {
  /** Below `node/`. */
  readonly file: string;
  /** Its whole name. */
  readonly name: string;
}

/** Hundreds of times the usual. Beyond it, the code under test loops for ever. */
const TEST_MS_MAX = 60_000;

/** Throws when no such test ran. */
export function passes(copy: Checkout, { file, name }: UnitTest): boolean {
  const pattern = `^${name.replaceAll(/[()[\]]/g, String.raw`\$&`)}$`;
  const options = ['--test', '--test-reporter=tap', `--test-name-pattern=${pattern}`];
  const { status, stdout, error } = spawnSync(process.execPath, [...options, path.join(copy.folder, file)], {
    encoding: 'utf8',
    timeout: TEST_MS_MAX,
    // A test runner that finds itself inside another one would report to that.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  if (error !== undefined) throw error;
  if (!/^# tests 1$/m.test(stdout)) throw new Error(`no test "${name}" ran: ${stdout}`);
  return status === 0;
}
