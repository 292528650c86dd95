/** What `npm start` does from its first process to its last: start, watch, tell, kill on request, stop. */
import type { AccessFiles } from '../src/access-options.ts';
import { AdminClient } from './admin-client.ts';
import { allReady, type ClusterReport, leaderOf, watchCluster } from './cluster-watch.ts';
import { describeCluster, describeEvent } from './messages.ts';
import type { LocalOptions } from './options.ts';
import { Supervisor } from './supervisor.ts';

/** How long a cluster may take before we say what it waits for, and how often we repeat it. */
const PATIENCE_MS = 10_000;

/**
 * Runs until the signal aborts or every replica is given up; when it resolves, no process is left.
 * Answers with the exit code. Throws `InvalidInput` before the first process when a file of the access options is bad.
 */
export async function runLocalCluster(
  options: LocalOptions & { readonly program: string },
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<0 | 1> {
  const client = new AdminClient(options.access);
  const allGivenUp = new AbortController();
  let givenUp = 0;
  const supervisor = new Supervisor(options, (event) => {
    const line = describeEvent(event);
    if (line !== undefined) print(line);
    if (event.kind === 'givenUp') givenUp += 1;
    if (givenUp === options.replicas) allGivenUp.abort();
  });
  const story = new ClusterStory(supervisor, options.access, print);
  const crashes = new Crashes(supervisor, options.crashEveryMs, print);
  supervisor.start();
  await watchCluster(
    supervisor.addresses,
    client,
    (report) => {
      story.observe(report);
      crashes.observe(report);
    },
    AbortSignal.any([signal, allGivenUp.signal]),
  );
  print(allGivenUp.signal.aborted ? 'No replica is left.' : 'Stopping ...');
  await supervisor.stop();
  return allGivenUp.signal.aborted ? 1 : 0;
}

/** Turns reports into the lines that a person wants: ready, who leads, what it waits for. */
class ClusterStory {
  readonly #supervisor: Supervisor;
  readonly #access: AccessFiles;
  readonly #print: (line: string) => void;
  #wasReady = false;
  #leader: number | undefined;
  #saidAt = performance.now();

  constructor(supervisor: Supervisor, access: AccessFiles, print: (line: string) => void) {
    this.#supervisor = supervisor;
    this.#access = access;
    this.#print = print;
  }

  observe(report: ClusterReport): void {
    const leader = leaderOf(report);
    if (!this.#wasReady) {
      if (leader !== undefined && allReady(report)) {
        this.#wasReady = true;
        this.#leader = leader;
        this.#print(describeCluster(this.#supervisor.addresses, leader, this.#access));
      } else if (performance.now() - this.#saidAt > PATIENCE_MS) {
        this.#saidAt = performance.now();
        this.#print(`Not ready yet: ${describeMissing(report)}`);
      }
    } else if (leader !== undefined && leader !== this.#leader) {
      this.#leader = leader;
      this.#print(`replica ${leader} leads now`);
    }
  }
}

function describeMissing(report: ClusterReport): string {
  const reasons = report.flatMap((each, index) => {
    if (each === undefined) return [`replica ${index} does not answer`];
    return each.ready ? [] : [`replica ${index}: ${each.unreadyReasons.join(', ') || 'not ready'}`];
  });
  return reasons.join('; ') || 'nobody leads';
}

/** `--crash-every`: kills a random replica, but only from a position of strength. */
class Crashes {
  readonly #supervisor: Supervisor;
  readonly #everyMs: number | undefined;
  readonly #print: (line: string) => void;
  #lastAt = performance.now();

  constructor(supervisor: Supervisor, everyMs: number | undefined, print: (line: string) => void) {
    this.#supervisor = supervisor;
    this.#everyMs = everyMs;
    this.#print = print;
  }

  observe(report: ClusterReport): void {
    if (this.#everyMs === undefined || performance.now() - this.#lastAt < this.#everyMs) return;
    if (!allReady(report)) return;
    this.#lastAt = performance.now();
    const { processes } = this.#supervisor;
    const victim = processes[Math.floor(Math.random() * processes.length)];
    if (victim?.pid === undefined) return;
    this.#print(`kill -9 of replica ${victim.index} (--crash-every)`);
    victim.crash();
  }
}
