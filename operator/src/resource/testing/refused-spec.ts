/** One thing that a PaxosCluster must not ask for, and what is said of it. */
export interface RefusedSpec {
  readonly what: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Of the object; `case` when not given. */
  readonly name?: string;
  /** To blame. */
  readonly path: string;
  /** How the sentence begins when it is a rule of ours; else the API server has words of its own. */
  readonly must?: string;
  /** The API server's own words. */
  readonly server?: string;
  /** The parser leaves out what it does not know. */
  readonly serverOnly?: true;
}
