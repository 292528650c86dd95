/** Why a replica takes no part any more, and never will: its process ends. */
export interface Retirement {
  /**
   * `removed`: from the cluster. `forgot`: its disk went back in time. `superseded`: a newer process has its id.
   * `outdated`: the cluster has agreed on a version that this program does not know.
   */
  readonly kind: 'removed' | 'forgot' | 'superseded' | 'outdated';
  /** A sentence for people. */
  readonly reason: string;
}

/** What others find against a replica, and tell it. */
export interface Verdict extends Retirement {
  readonly kind: Exclude<Retirement['kind'], 'outdated'>;
}
