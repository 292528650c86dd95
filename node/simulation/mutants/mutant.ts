import assert from 'node:assert/strict';

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
