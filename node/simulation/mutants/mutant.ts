import assert from 'node:assert/strict';
import type { UnitTest } from './unit-test.ts';

/** A known-bad change of one place in the sources: what the simulator must be able to see. */
export interface Mutant {
  readonly name: string;
  /** Below `node/`. */
  readonly file: string;
  /** Must stand in the file exactly once. */
  readonly replace: string;
  readonly by: string;
  /** Which rule it breaks, and what could then go wrong. */
  readonly why: string;
  /** The test that sees it, where hardly any run can: the comment beside the mutant says why not. */
  readonly seenBy?: UnitTest;
}

/** The text of its file, changed. Throws when the text to replace does not stand there exactly once. */
export function mutate(text: string, mutant: Mutant): string {
  const parts = text.split(mutant.replace);
  const times = parts.length - 1;
  assert.equal(
    times,
    1,
    `mutant "${mutant.name}" does not apply: its text stands ${times} times in ${mutant.file}`,
  );
  return parts.join(mutant.by);
}
