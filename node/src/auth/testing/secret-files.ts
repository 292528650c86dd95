/** Files with secrets, for one test; changes are looked for all the time. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { SecretFile, type SecretFileOptions } from '../secret-file.ts';

/** Of the length that a cluster secret must have. */
export const SECRET = 'one-secret-of-more-than-32-bytes-000';
export const OTHER_SECRET = 'another-secret-of-more-than-32-bytes';

export interface TestSecrets {
  readonly file: SecretFile;
  readonly name: string;
  /** What the file has reported. */
  readonly reports: string[];
  /** Replaces the file; resolves when it was read again. */
  replace(...lines: readonly string[]): Promise<void>;
}

export function secretsOf(
  context: TestContext,
  lines: readonly string[],
  changes: Partial<SecretFileOptions> = {},
): TestSecrets {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-secrets-'));
  let opened: SecretFile | undefined;
  context.after(() => {
    opened?.close();
    rmSync(directory, { recursive: true });
  });
  const name = path.join(directory, 'secrets');
  writeFileSync(name, lines.join('\n'));
  const reports: string[] = [];
  const file = new SecretFile({
    option: '--password-file',
    name,
    noun: 'password',
    bytesMin: 1,
    report: (text) => reports.push(text),
    lookIntervalMs: 2,
    ...changes,
  });
  opened = file;
  return {
    file,
    name,
    reports,
    replace: async (...replacement) => {
      const before = reports.length;
      writeFileSync(`${name}.new`, replacement.join('\n'));
      renameSync(`${name}.new`, name);
      await readAgain(reports, before + 1);
    },
  };
}

/** Waits until so many reports have come. */
export async function readAgain(reports: readonly string[], count: number): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (reports.length < count) {
    if (performance.now() > deadlineMs) throw new Error(`not read again: ${reports.join('; ')}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
