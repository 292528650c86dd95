/** Programs that are not ours: where they are, how they are run, and how they end with us. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A load generator that takes longer than this hangs. */
const TOOL_TIMEOUT_MS = 120_000;
const TOOL_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const START_TIMEOUT_MS = 30_000;
const GOODBYE_MS = 5_000;
const POLL_MS = 50;

export function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program to its end and answers with its standard output; its failure is thrown with its words. */
export async function runTool(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    timeout: TOOL_TIMEOUT_MS,
    maxBuffer: TOOL_OUTPUT_BYTES_MAX,
    killSignal: 'SIGKILL',
  });
  return stdout;
}

/** A server of somebody else's, as a child process. */
export class ServerProcess {
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #running = true;

  constructor(program: string, args: readonly string[]) {
    this.#program = program;
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#closed = new Promise((resolve) => {
      const ended = () => {
        this.#running = false;
        resolve();
      };
      this.#child.once('exit', ended).once('error', ended);
    });
  }

  /** Throws when the server has ended: no figure of a dead server counts. */
  get pid(): number {
    if (!this.#running || this.#child.pid === undefined) throw new Error(`${this.#program} has ended`);
    return this.#child.pid;
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#child.kill('SIGTERM');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), GOODBYE_MS);
    await this.#closed;
    clearTimeout(impatience);
  }
}

/** Asks until the answer is not undefined. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`still waiting after ${START_TIMEOUT_MS} ms: ${what}`);
    await pause(POLL_MS);
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
