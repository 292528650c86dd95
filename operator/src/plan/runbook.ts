/** Where people read what to do: conditions and events lead there. */
import type { Observed } from './observed.ts';

/** Of a lost quorum. */
export function quorumRunbook({ documentation }: Pick<Observed, 'documentation'>): string {
  return `${documentation}/kubernetes.md#when-the-quorum-is-lost`;
}
