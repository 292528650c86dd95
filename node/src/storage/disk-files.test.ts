import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskFiles } from './disk-files.ts';
import { testFiles } from './files.contract.ts';

testFiles('DiskFiles', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'paxoskv-files-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return new DiskFiles(directory);
});
