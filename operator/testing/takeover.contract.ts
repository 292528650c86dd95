/** Leader election between whole processes: paused, told to end, and killed. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { eventually } from './eventually.ts';

export interface ElectionPlace {
  readonly kubeconfig: string;
  readonly namespace: string;
}

/** What the issue of a dead leader may cost its users, with the default lease. */
const TAKEOVER_MS = 20_000;

class CandidateProcess {
  readonly child: ChildProcess;
  #output = '';

  constructor({ kubeconfig, namespace }: ElectionPlace, identity: string, leaseMs: number) {
    const program = path.join(import.meta.dirname, 'candidate.ts');
    this.child = spawn(process.execPath, [program, namespace, identity, String(leaseMs)], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.#output += text.toString()));
  }

  get leads(): boolean {
    return this.#output.includes('leading');
  }

  async leading(): Promise<void> {
    await eventually('leadership', () => this.leads, TAKEOVER_MS);
  }

  async ended(): Promise<unknown> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode ?? child.signalCode;
  }
}

export function testTakeover(title: string, leaseMs: number, place: () => Promise<ElectionPlace>): void {
  test(title, async (t) => {
    const where = await place();
    const started: CandidateProcess[] = [];
    const candidate = (identity: string): CandidateProcess => {
      const process_ = new CandidateProcess(where, identity, leaseMs);
      started.push(process_);
      return process_;
    };
    t.after(() => {
      for (const { child } of started) child.kill('SIGKILL');
    });

    const paused = candidate('paused');
    await paused.leading();
    const second = candidate('second');
    paused.child.kill('SIGSTOP');
    await second.leading();
    paused.child.kill('SIGCONT');
    assert.equal(await paused.ended(), 1, 'who wakes up too late ends');

    const third = candidate('third');
    second.child.kill('SIGTERM');
    assert.equal(await second.ended(), 0);
    await third.leading();

    const fourth = candidate('fourth');
    third.child.kill('SIGKILL');
    await fourth.leading();
    fourth.child.kill('SIGTERM');
    assert.equal(await fourth.ended(), 0);
  });
}
