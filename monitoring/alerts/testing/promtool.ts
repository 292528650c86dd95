/** `promtool test rules`: Prometheus's own evaluation of the rules, over series that are written down, without waiting. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RuleGroup } from '../rules.ts';

const PROMTOOL_TIMEOUT_MS = 60_000;

export interface InputSeries {
  readonly series: string;
  /** One a minute; `_` where there is none. */
  readonly values: string;
}

export interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

export interface RuleTest {
  readonly name: string;
  readonly interval: '1m';
  readonly input_series: readonly InputSeries[];
  readonly alert_rule_test: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly ExpectedAlert[];
  }[];
}

/** Why there is nothing to ask; undefined: there is. */
export function promtoolMissing(): string | undefined {
  const { status } = spawnSync('promtool', ['--version'], { timeout: PROMTOOL_TIMEOUT_MS });
  return status === 0 ? undefined : 'no promtool (in the package prometheus)';
}

/** What promtool complains about; empty when all is as expected. */
export function complaintsOf(groups: readonly RuleGroup[], tests: readonly RuleTest[]): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-rules-'));
  try {
    // JSON is YAML, too.
    writeFileSync(path.join(directory, 'rules.yaml'), JSON.stringify({ groups }));
    const file = { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests };
    writeFileSync(path.join(directory, 'tests.yaml'), JSON.stringify(file));
    const { status, stdout, stderr, error } = spawnSync('promtool', ['test', 'rules', 'tests.yaml'], {
      cwd: directory,
      encoding: 'utf8',
      timeout: PROMTOOL_TIMEOUT_MS,
    });
    return status === 0 ? '' : `${stdout}${stderr}${error?.message ?? ''}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
