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
