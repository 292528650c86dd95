/** Why a replica takes no part any more, and never will: its process ends. */
export interface Retirement {
  /**
   * `removed`: from the cluster. `forgot`: its disk went back in time. `superseded`: a newer process has its id.
   */
  readonly kind: 'removed' | 'forgot' | 'superseded';
  /** A sentence for people. */
  readonly reason: string;
}
