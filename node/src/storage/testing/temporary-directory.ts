/** A directory for one test, which goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** `purpose` is part of its name. */
export function temporaryDirectory(context: TestContext, purpose: string): string {
  const directory = mkdtempSync(path.join(tmpdir(), `${purpose}-`));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}
