/** One sentence of what is so, with what to do about it. */
import type { ClusterView } from './cluster-view.ts';

/** `critical`: clients fail, or data is in doubt. `warning`: they don't, but the next fault may hurt. `notice`: nothing to do but to know it. */
export type Level = 'critical' | 'warning' | 'notice' | 'healthy';

export interface Finding {
  /** For machines; the same words mean the same for ever. */
  readonly code: string;
  readonly level: Level;
  /** The id of the replica that it is about, where there may be one of each; with the code it names what goes on while the words change. */
  readonly subject?: string;
  readonly sentence: string;
  /** What to do. */
  readonly advice: string;
  /** Where the documents say more: a file below `docs`, and a heading of it. */
  readonly document: string | undefined;
}

export type Rule = (view: ClusterView) => readonly Finding[];
