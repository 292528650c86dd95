/** Runs `paxosctl` as a process of its own, as a user would, and keeps what it says. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { EXIT } from '../../node/ctl/exit-code.ts';
import type { RealCluster } from './real-cluster.ts';
import { eventually, inTime } from './deadline.ts';

const PROGRAM = path.join(import.meta.dirname, '../../node/ctl/main.ts');

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface RunOptions {
  /** What comes on standard input; nothing when absent. */
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Resolves when it has ended. */
export async function paxosctl(args: readonly string[], options: RunOptions = {}): Promise<Said> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...withoutOurs(process.env), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let out = '';
  let error = '';
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    error += chunk;
  });
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  try {
    return { code: await inTime(`paxosctl ${args.join(' ')} ends`, ended), out, error };
  } finally {
    child.kill('SIGKILL');
  }
}

/** The same against one replica of a cluster, or against more. */
export async function paxosctlAt(
  cluster: RealCluster,
  indexes: readonly number[],
  args: readonly string[],
  options: RunOptions = {},
): Promise<Said> {
  const endpoints = indexes.map((index) => `127.0.0.1:${cluster.address(index).adminPort}`).join(',');
  return await paxosctl(args, {
    ...options,
    environment: { PAXOSCTL_ENDPOINTS: endpoints, ...options.environment },
  });
}

/** The same, of a command that must have succeeded. */
export function succeeded(said: Said): Said {
  assert.equal(said.code, 0, `${said.out}${said.error}`);
  return said;
}

/** Whether a command has failed because nobody leads at the moment. As JSON `status` tells only the exit code: see `statusOnceLed`. */
export function isLeaderless({ code, error }: Said): boolean {
  return code !== EXIT.ok && /no leader is known|No replica leads/.test(error);
}

/** The same, of a cluster that may elect another leader meanwhile: then it is asked again. */
export async function succeeds(run: () => Promise<Said>): Promise<Said> {
  let last: Said | undefined;
  const said = await eventually(
    () => `somebody leads: ${last?.error}`,
    async () => {
      last = await run();
      return isLeaderless(last) ? undefined : last;
    },
  );
  return succeeded(said);
}

/** What `status` says, which is asked for again while nobody leads. */
export async function statusOnceLed(run: () => Promise<Said>): Promise<Said> {
  let last: Said | undefined;
  return await eventually(
    () => `a replica leads: ${last?.out}${last?.error}`,
    async () => {
      last = await run();
      return last.code === EXIT.ok ? last : undefined;
    },
  );
}

/** What it printed as JSON. */
export function jsonOf(said: Said): unknown {
  return JSON.parse(Buffer.from(said.out, 'latin1').toString('utf8'));
}

/** A developer's own settings are none of a test's. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PAXOSCTL_')));
}
