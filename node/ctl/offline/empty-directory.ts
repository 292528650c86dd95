/** A directory for a new replica: there is nothing in it, so nothing can be overwritten. */
import { mkdirSync, readdirSync } from 'node:fs';
import { refused } from '../failure.ts';

/** Left by file systems and by whoever mounted it: no replica ever made them. */
const HARMLESS = new Set(['lost+found']);

/** Makes it if it isn't there. Throws `CommandFailure` when it holds anything. */
export function requireEmptyDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const names = readdirSync(directory).filter((name) => !HARMLESS.has(name));
  if (names.length === 0) return;
  throw refused(
    `${directory} is not empty: it holds ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`,
    'name a directory that is empty or does not exist yet; nothing is ever overwritten',
  );
}
