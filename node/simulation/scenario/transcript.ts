/** The words of a scenario's output: what a step asks for, as a person would tell it. */
import type { Ballot, ReplicaId } from '../../src/paxos/ballot.ts';
import type { Configuration } from '../../src/paxos/configuration.ts';
import type { Value } from '../../src/paxos/entry.ts';
import type { Envelope, Fact } from '../../src/paxos/message.ts';
import { messageText } from '../../src/replica/message-text.ts';

/** Replicas are called A, B, C… by their ids 1, 2, 3… */
export function nameOf(id: ReplicaId): string {
  return String.fromCharCode(64 + id);
}

export function ballotName(ballot: Ballot): string {
  return ballot.replica === 0 ? 'none' : `${ballot.round}.${nameOf(ballot.replica)}`;
}

export function valueName(value: Value): string {
  if (value.kind === 'commands') return `"${Buffer.from(value.bytes).toString('utf8')}"`;
  return value.kind === 'noop' ? 'a no-op' : configurationName(value.configuration);
}

function configurationName({ members, removed }: Configuration): string {
  const names = (some: readonly { readonly id: ReplicaId }[]): string =>
    some.map(({ id }) => nameOf(id)).join(' ');
  const learners = members.filter(({ voter }) => !voter);
  const learning = learners.length === 0 ? '' : `, ${names(learners)} learning`;
  const gone = removed.length === 0 ? '' : `, ${removed.map(nameOf).join(' ')} removed`;
  return `the configuration ${names(members.filter(({ voter }) => voter))}${learning}${gone}`;
}

export function factName(fact: Fact): string {
  switch (fact.kind) {
    case 'joined':
      return `joined ${fact.cluster}`;
    case 'promise':
      return `promise ${ballotName(fact.ballot)}`;
    case 'entry':
      return `slot ${fact.entry.slot} in ${ballotName(fact.entry.ballot)}, ${valueName(fact.entry.value)}`;
    case 'chosen':
      return `chosen ${fact.slot}`;
  }
}

/** `to B, C: heartbeat …`: one line for what several replicas are told alike. */
export function envelopeLines(
  envelopes: readonly Envelope[],
  from: ReplicaId,
  arrives: (to: ReplicaId) => boolean,
): string[] {
  const recipients = new Map<string, string[]>();
  for (const { to, message } of envelopes) {
    const text = messageText(message, nameOf);
    const name = to === from ? 'itself' : arrives(to) ? nameOf(to) : `${nameOf(to)} (in vain)`;
    const known = recipients.get(text);
    if (known === undefined) recipients.set(text, [name]);
    else known.push(name);
  }
  return [...recipients].map(([text, names]) => `to ${names.join(', ')}: ${text}`);
}
