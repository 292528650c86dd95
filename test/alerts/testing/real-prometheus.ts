/**
 * A Prometheus for one test, with the rules as they are shipped but for their times: every range and every `for` is divided by the same
 * number, so that what takes minutes takes seconds.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ruleGroups } from '../../../monitoring/alerts/rules.ts';
import { eventually } from '../../testing/deadline.ts';
import { freePort } from '../../testing/free-port.ts';

/** A minute becomes a second, which is how often everything is scraped and evaluated. */
export const SHORTENED_BY = 60;

/** The longest `for` takes half a minute; this only ends a test that has failed. */
const DEADLINE_MS = 150_000;
const POLL_MS = 200;

/** Of what only time makes larger. */
const LIMIT_OF_AGE =
  /(paxoskv_operator_informer_age_seconds|workqueue_longest_running_processor_seconds\{.*\}\)) > (\d+)/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** What the monitors give: see `operator/src/desired/monitor.ts`. */
export interface ScrapeJob {
  readonly job: string;
  readonly scheme?: 'http' | 'https';
  readonly targets: readonly {
    readonly address: string;
    /** `/metrics` unless given. */
    readonly path?: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

export interface FiringAlert {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Why there is none; undefined: there is. */
export function prometheusMissing(): string | undefined {
  return spawnSync('prometheus', ['--version']).status === 0 ? undefined : 'no prometheus';
}

export class RealPrometheus {
  readonly #t: TestContext;
  readonly #url: string;

  static async start(t: TestContext, jobs: readonly ScrapeJob[]): Promise<RealPrometheus> {
    const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-prometheus-'));
    const port = await freePort();
    writeFileSync(path.join(directory, 'rules.yaml'), JSON.stringify({ groups: shortened() }));
    writeFileSync(path.join(directory, 'prometheus.yaml'), JSON.stringify(configuration(jobs)));
    const child = spawn(
      'prometheus',
      [
        '--config.file=prometheus.yaml',
        '--storage.tsdb.path=data',
        `--web.listen-address=127.0.0.1:${port}`,
        '--query.lookback-delta=10s',
        '--log.level=warn',
      ],
      { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    t.after(async () => {
      await ended(child);
      rmSync(directory, { recursive: true, force: true });
    });
    const prometheus = new RealPrometheus(t, `http://127.0.0.1:${port}`);
    const count = jobs.flatMap(({ targets }) => targets).length;
    // A counter that rises before it was first read has not risen.
    await eventually('Prometheus has read all metrics', async () => await prometheus.#hasRead(count));
    return prometheus;
  }

  private constructor(t: TestContext, url: string) {
    this.#t = t;
    this.#url = url;
  }

  async firing(): Promise<FiringAlert[]> {
    const response = await fetch(`${this.#url}/api/v1/alerts`);
    const { data } = (await response.json()) as {
      data: { alerts: (Omit<FiringAlert, 'name'> & { state: string })[] };
    };
    return data.alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels, annotations }) => ({ name: labels['alertname'] ?? '', labels, annotations }));
  }

  /** Resolves when all of them fire. */
  async fires(...names: readonly string[]): Promise<FiringAlert[]> {
    const firing = await this.#until(`fire: ${names.join(', ')}`, (all) =>
      names.every((name) => all.some((alert) => alert.name === name)),
    );
    const found = names.map((name) => firing.find((alert) => alert.name === name) as FiringAlert);
    for (const { name, annotations } of found) {
      this.#t.diagnostic(`${name} fires: ${annotations['summary']}. ${annotations['description']}`);
    }
    return found;
  }

  /** Resolves when none of them fires any more. */
  async resolves(...names: readonly string[]): Promise<void> {
    await this.#until(`end: ${names.join(', ')}`, (all) => !all.some(({ name }) => names.includes(name)));
    this.#t.diagnostic(`resolved: ${names.join(', ')}`);
  }

  async #until(what: string, isSo: (firing: readonly FiringAlert[]) => boolean): Promise<FiringAlert[]> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const firing = await this.firing();
      if (isSo(firing)) return firing;
      const names = firing.map(({ name }) => name).join(', ');
      assert.ok(performance.now() < deadline, `alerts still do not ${what}; what fires: ${names}`);
      await pause(POLL_MS);
    }
  }

  /** True when it has tried so many targets; else undefined, as `eventually` likes it. */
  async #hasRead(count: number): Promise<true | undefined> {
    try {
      const response = await fetch(`${this.#url}/api/v1/targets?state=active`);
      if (!response.ok) return undefined;
      const { data } = (await response.json()) as { data: { activeTargets: { health: string }[] } };
      return data.activeTargets.filter(({ health }) => health !== 'unknown').length === count
        ? true
        : undefined;
    } catch {
      // It does not listen yet.
      return undefined;
    }
  }
}

function shortened(): unknown {
  return ruleGroups().map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ({
      ...rule,
      expr: rule.expr
        .replaceAll(/\[(\d+[smhd])\]/g, (_, time: string) => `[${shorter(time)}]`)
        .replace(LIMIT_OF_AGE, (_, age: string, seconds: string) => `${age} > ${shorter(`${seconds}s`, '')}`),
      ...(rule.for === undefined ? {} : { for: shorter(rule.for) }),
    })),
  }));
}

function shorter(time: string, suffix = 's'): string {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(time) ?? [];
  return `${(Number(count) * (SECONDS[unit] ?? Number.NaN)) / SHORTENED_BY}${suffix}`;
}

function configuration(jobs: readonly ScrapeJob[]): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: jobs.map(({ job, scheme = 'http', targets }) => ({
      job_name: job,
      scheme,
      // As the ServiceMonitor of the operator says.
      honor_labels: true,
      tls_config: { insecure_skip_verify: true },
      static_configs: targets.map(({ address, path: metrics = '/metrics', labels }) => ({
        targets: [address],
        labels: { __metrics_path__: metrics, ...labels },
      })),
    })),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  child.kill('SIGKILL');
  await closed;
}
