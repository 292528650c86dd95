/** A directory for a new replica: there is nothing in it, so nothing can be overwritten. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { DIRECTORY_MODE } from '../../src/storage/disk-files.ts';
import { refused } from '../failure.ts';

/** Left by file systems and by whoever mounted it: no replica ever made them. */
const HARMLESS = new Set(['lost+found']);

/** It may be there or not. Throws `CommandFailure` when it holds anything. */
export function requireEmptyDirectory(directory: string): void {
  if (!existsSync(directory)) return;
  const names = readdirSync(directory).filter((name) => !HARMLESS.has(name));
  if (names.length === 0) return;
  throw refused(
    `${directory} is not empty: it holds ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`,
    'name a directory that is empty or does not exist yet; nothing is ever overwritten',
  );
}

/** Makes it if it isn't there: when everything else is known to be right, so that a refusal leaves nothing behind. */
export function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
}
