/** Words that several findings are made of. */
import type { ReplicaView } from './cluster-view.ts';

export function namesOf(replicas: readonly ReplicaView[]): string {
  const names = replicas.map(({ name }) => name);
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString('en')} ${noun}${amount === 1 ? '' : 's'}`;
}
