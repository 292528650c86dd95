/** A message as one readable line: for `--verbose`, traces and golden scenarios. */
import { segmentHeader } from '../codec/batch.ts';
import type { PeerMessage } from '../codec/message.ts';
import { type Ballot, replicaText } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';

/** `nameOf` names a replica; by default by its id. */
export function messageText(message: PeerMessage, nameOf: (id: number) => string = replicaText): string {
  const ballot = (value: Ballot) => (value.round === 0 ? 'none' : `${value.round}.${nameOf(value.replica)}`);
  switch (message.kind) {
    case 'canvass':
      return `canvass ${ballot(message.ballot)}`;
    case 'canvassReply':
      return `${message.granted ? 'would promise' : 'would not promise'} ${ballot(message.ballot)}, promised ${ballot(message.promised)}`;
    case 'prepare': {
      const handedOver =
        message.handedOver.round === 0 ? '' : `, handed over by ${ballot(message.handedOver)}`;
      return `prepare ${ballot(message.ballot)} from slot ${message.first}${handedOver}`;
    }
    case 'promise': {
      const part = message.parts === 1 ? '' : ` part ${message.part + 1} of ${message.parts}`;
      return `promise ${ballot(message.ballot)}${part} chosen ${message.chosen}, accepted ${entriesText(message.entries, ballot)}`;
    }
    case 'refuse':
      return `refuse ${ballot(message.refused)}, promised ${ballot(message.promised)}`;
    case 'accept':
      return `accept ${entriesText(message.entries, ballot)}, chosen ${message.chosen}, stream from ${message.from}`;
    case 'accepted':
      return `accepted ${ballot(message.ballot)} up to ${message.mark}${message.gap ? ' with a gap' : ''}`;
    case 'heartbeat':
      return `heartbeat ${ballot(message.ballot)} round ${message.round}, chosen ${message.chosen}, stream from ${message.from}${message.leaseMs === 0 ? '' : ', lease wanted'}`;
    case 'heartbeatReply':
      return `heartbeat reply ${ballot(message.ballot)} round ${message.round}, mark ${message.mark}${message.leaseGranted ? ', lease granted' : ''}`;
    case 'campaignNow':
      return `campaign now, says the leader of ${ballot(message.ballot)}`;
    case 'full':
      return 'my disk is full';
    case 'indexRequest':
      return `index request ${message.id}`;
    case 'indexReply':
      return `index reply ${message.id}: ${message.index}`;
    case 'fetch':
      return `fetch from slot ${message.from}`;
    case 'chosen':
      return `chosen ${entriesText(message.entries, ballot)}`;
    case 'forward': {
      const { first, count } = segmentHeader(message.segment);
      return `forward to ${ballot(message.ballot)} requests ${first} to ${first + count - 1}`;
    }
    case 'snapshotOffer':
      return `offer of the snapshot at slot ${message.slot}, ${message.bytes} bytes`;
    case 'snapshotFetch':
      return `fetch of the snapshot at slot ${message.slot}, ${message.length} bytes from ${message.offset} on`;
    case 'snapshotChunk':
      return `snapshot at slot ${message.slot}, ${message.bytes.length} bytes from ${message.offset} on`;
  }
}

function entriesText(entries: readonly Entry[], ballot: (value: Ballot) => string): string {
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return 'nothing';
  const what = first.value.kind === 'commands' ? `${first.value.bytes.length} bytes` : first.value.kind;
  if (entries.length === 1) return `slot ${first.slot} in ${ballot(first.ballot)} (${what})`;
  return `slots ${first.slot} to ${last.slot}`;
}
