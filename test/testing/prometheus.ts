/** A real Prometheus, where one is installed, for one test: what it scrapes, and what it answers. Nothing of it is left when the test ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { dump } from 'js-yaml';
import { inTime } from './deadline.ts';

export interface ScrapeTarget {
  /** `127.0.0.1:9379`. */
  readonly address: string;
  /** As a monitor would attach them. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface ScrapeJob {
  readonly name: string;
  readonly honorsLabels: boolean;
  readonly targets: readonly ScrapeTarget[];
}

/** One series of an answer, with its values from the oldest on. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

export const SCRAPE_INTERVAL_SECONDS = 1;
const LISTENING = /msg="Listening on" address=(\S+)/;

/** Why a test can't have one; undefined: it can. */
export function prometheusMissing(): string | undefined {
  return spawnSync('prometheus', ['--version']).status === 0 ? undefined : 'no prometheus';
}

export class Prometheus {
  readonly #address: string;

  private constructor(address: string) {
    this.#address = address;
  }

  static async start(t: TestContext, jobs: readonly ScrapeJob[]): Promise<Prometheus> {
    const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-prometheus-'));
    const file = path.join(directory, 'prometheus.yaml');
    writeFileSync(file, dump(configurationOf(jobs)));
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${path.join(directory, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    // The runner ends a file that takes too long without waiting for the hooks.
    const vanish = (): void => void child.kill('SIGKILL');
    process.once('exit', vanish);
    t.after(async () => {
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
      process.off('exit', vanish);
      rmSync(directory, { recursive: true, force: true });
    });
    return new Prometheus(await inTime('Prometheus listens', listening(child)));
  }

  /** What an expression is now. Rejects with what Prometheus says of one that is wrong. */
  async now(expression: string): Promise<Series[]> {
    const found = await this.#ask<{ metric: Series['metric']; value: [number, string] }>('query', {
      query: expression,
    });
    return found.map(({ metric, value }) => ({ metric, values: [Number(value[1])] }));
  }

  /** What it was, every second, over the last seconds. */
  async lately(expression: string, seconds: number): Promise<Series[]> {
    const end = Date.now() / 1_000;
    const found = await this.#ask<{ metric: Series['metric']; values: [number, string][] }>('query_range', {
      query: expression,
      start: String(end - seconds),
      end: String(end),
      step: '1',
    });
    return found.map(({ metric, values }) => ({ metric, values: values.map(([, value]) => Number(value)) }));
  }

  /** The values of a label among the series that a selector finds. */
  async labelValues(label: string, selector: string): Promise<string[]> {
    const parameters = new URLSearchParams({ 'match[]': selector });
    return await this.#answer<string[]>(`label/${label}/values?${parameters.toString()}`);
  }

  async #ask<Found>(route: string, parameters: Readonly<Record<string, string>>): Promise<Found[]> {
    const body = new URLSearchParams(parameters);
    const { result } = await this.#answer<{ result: Found[] }>(route, { method: 'POST', body });
    return result;
  }

  async #answer<Data>(route: string, init: RequestInit = {}): Promise<Data> {
    const response = await fetch(`http://${this.#address}/api/v1/${route}`, init);
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string };
    assert.equal(status, 'success', error);
    return data;
  }
}

function configurationOf(jobs: readonly ScrapeJob[]): object {
  const interval = `${SCRAPE_INTERVAL_SECONDS}s`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: jobs.map(({ name, honorsLabels, targets }) => ({
      job_name: name,
      honor_labels: honorsLabels,
      static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
    })),
  };
}

/** Resolves with the address; rejects with what it printed when it ends before. */
async function listening(child: ChildProcess): Promise<string> {
  const printed: string[] = [];
  assert.ok(child.stderr !== null);
  for await (const line of createInterface({ input: child.stderr })) {
    printed.push(line);
    const address = LISTENING.exec(line)?.[1];
    if (address === undefined) continue;
    // What it prints from now on nobody reads; a full pipe would stop it.
    child.stderr.resume();
    return address;
  }
  throw new Error(`Prometheus ended: ${printed.join('\n')}`);
}
