/** The state of the repository from which upgrades are tried: that of the commit in `FROM`, which is moved on with each release. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');
const COMMIT = readFileSync(path.join(import.meta.dirname, 'FROM'), 'utf8').trim();
const ARCHIVE_BYTES_MAX = 64 * 1024 * 1024;

/** Why it can't be had: a checkout without history does not hold it. False: it can. */
export function earlierStateMissing(): string | false {
  const isKnown =
    spawnSync('git', ['cat-file', '-e', `${COMMIT}^{commit}`], { cwd: ROOT, stdio: 'ignore' }).status === 0;
  return isKnown ? false : `the history does not hold ${COMMIT}`;
}

/** Writes one of its folders below `directory`, under the same path. */
export function writeEarlierState(directory: string, folder: string): void {
  const archive = spawnSync('git', ['archive', COMMIT, folder], { cwd: ROOT, maxBuffer: ARCHIVE_BYTES_MAX });
  assert.equal(archive.status, 0, String(archive.stderr));
  const unpacked = spawnSync('tar', ['-x', '-C', directory], { input: archive.stdout });
  assert.equal(unpacked.status, 0, String(unpacked.stderr));
}
