/**
 * One replica as a child process, and what to do when it ends: start it again at once, later, or
 * never.
 *
 * The child holds the read end of a pipe from us as its standard input. When we end, however that
 * happens, the kernel closes the pipe and the child follows; it needs no word from us. It is the
 * leader of a process group of its own, so that a Ctrl-C in the terminal reaches us alone and we
 * decide the order of the goodbye.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type ReplicaProcessEvent =
  | { readonly kind: 'started'; readonly index: number; readonly pid: number }
  | { readonly kind: 'line'; readonly index: number; readonly text: string }
  | { readonly kind: 'died'; readonly index: number; readonly pid: number; readonly how: string }
  | { readonly kind: 'restarting'; readonly index: number; readonly delayMs: number }
  | { readonly kind: 'givenUp'; readonly index: number; readonly reason: string };

/** What the child runs, and how we look after it. */
export interface ReplicaProcessOptions {
  readonly index: number;
  /** The program's file and its arguments; the present Node.js runs it. */
  readonly command: readonly string[];
  readonly restart: boolean;
  /** Variables of its environment besides ours. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** A replica that ends sooner than this has probably not recovered from what ended the last one. */
const QUICK_DEATH_MS = 5_000;
/** The second quick death in a row waits this long, and each further one twice as long. */
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 5_000;
/** Time for a replica to end by itself before it is killed: its own waits, for a successor, for a quorum, for slow readers, end before. */
const GOODBYE_MS = 10_000;

/** Exit codes that no restart can help, and what they mean. */
const HOPELESS: Readonly<Record<number, string>> = {
  2: 'it refused its options',
  3: 'its directory is damaged, or in use',
  4: 'it was removed from its cluster',
  5: 'its disk went back in time, or another process has its id',
  6: 'its cluster has agreed on what only later releases know',
};

export class ReplicaProcess {
  readonly index: number;
  readonly #options: ReplicaProcessOptions;
  readonly #observe: (event: ReplicaProcessEvent) => void;
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #quickDeaths = 0;
  #killedByUs = false;
  #stopping = false;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(options: ReplicaProcessOptions, observe: (event: ReplicaProcessEvent) => void) {
    this.index = options.index;
    this.#options = options;
    this.#observe = observe;
  }

  /** Undefined while no process runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    assert(this.#child === undefined, 'one process for each replica');
    const child = spawn(process.execPath, this.#options.command, {
      detached: true,
      // Whoever reads our lines is a person, although it is we who read the replica's. An older program takes no notice.
      env: { PAXOSKV_LOG_FORMAT: 'text', ...process.env, ...this.#options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#startedAt = performance.now();
    this.#killedByUs = false;
    const { index } = this;
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (text) => this.#observe({ kind: 'line', index, text }));
    }
    // 'close' comes after the last line of output; 'error' alone means that nothing was started.
    child.once('error', (error) => this.#ended(child.pid ?? 0, error.message, undefined));
    child.once('close', (code, signal) => {
      this.#ended(child.pid ?? 0, signal ?? `exit code ${code}`, code ?? undefined);
    });
    if (child.pid !== undefined) this.#observe({ kind: 'started', index, pid: child.pid });
  }

  /** kill -9: the process gets no chance to say goodbye. It is then started again like any other. */
  crash(): void {
    this.#killedByUs = true;
    this.#child?.kill('SIGKILL');
  }

  /** Ends the process for good: SIGTERM, then, for one that doesn't listen, SIGKILL. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (child === undefined) return;
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
    });
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS);
    await closed;
    clearTimeout(impatience);
  }

  #ended(pid: number, how: string, code: number | undefined): void {
    if (this.#child === undefined) return;
    this.#child = undefined;
    if (this.#stopping) return;
    const { index } = this;
    this.#observe({ kind: 'died', index, pid, how });

    const hopeless = code === undefined ? undefined : HOPELESS[code];
    if (hopeless !== undefined) this.#observe({ kind: 'givenUp', index, reason: hopeless });
    else if (!this.#options.restart) this.#observe({ kind: 'givenUp', index, reason: '--no-restart' });
    else this.#restartLater();
  }

  #restartLater(): void {
    const quick = !this.#killedByUs && performance.now() - this.#startedAt < QUICK_DEATH_MS;
    this.#quickDeaths = quick ? this.#quickDeaths + 1 : 0;
    const delayMs =
      this.#quickDeaths < 2 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (this.#quickDeaths - 2));
    this.#observe({ kind: 'restarting', index: this.index, delayMs });
    this.#restartTimer = setTimeout(() => this.start(), delayMs);
  }
}
