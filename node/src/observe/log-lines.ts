/** Replica events → lines of the log: a sentence and fields for each event that matters enough at present. */
import type { Journal } from '../journal/journal.ts';
import { RANK } from '../journal/level.ts';
import type { Fields } from '../journal/line.ts';
import { ballotText, replicaText } from '../paxos/ballot.ts';
import { LINE_LEVELS, LINE_NAMES, lineNameOf } from './event-lines.ts';
import type { Observer, ReplicaEvent } from './events.ts';

/** Asked for each event of each command, so that those that nobody reads cost one look. The two kinds of several names are rare, and not in it. */
const KIND_RANKS: ReadonlyMap<string, number> = new Map(
  Object.entries(LINE_NAMES).map(([kind, name]) => [kind, RANK[LINE_LEVELS[name]]]),
);

/** An observer that writes a line for each event that the journal admits. */
export function logLines(journal: Journal): Observer {
  return (event) => {
    if ((KIND_RANKS.get(event.kind) ?? 0) > journal.rank) return;
    const name = lineNameOf(event);
    const level = LINE_LEVELS[name];
    if (journal.admits(level, name)) journal.write(level, name, sentenceOf(event), fieldsOf(event));
  };
}

function sentenceOf(event: ReplicaEvent): string {
  switch (event.kind) {
    case 'sent':
      return `-> ${replicaText(event.peer)} ${event.text()} (${event.bytes} bytes)`;
    case 'received':
      return `<- ${replicaText(event.peer)} ${event.text()} (${event.bytes} bytes)`;
    case 'leaderChanged':
      return event.leader === undefined
        ? `no leader known; ballot ${ballotText(event.ballot)}`
        : `leader ${replicaText(event.leader)}; ballot ${ballotText(event.ballot)}`;
    case 'linkUp':
      return `link to ${replicaText(event.peer)} is up`;
    case 'linkDown':
      return `link to ${replicaText(event.peer)} is down: ${event.reason}`;
    case 'refusedLink':
      return `refused a link: ${event.reason}`;
    case 'refusedAccess':
      return `${event.door}: no access for ${event.from}`;
    case 'clientOpened':
      return `${event.door}: a connection begins`;
    case 'clientClosed':
      return `${event.door}: a connection has ended`;
    case 'clientCut':
      return `a connection is cut: ${event.reason}`;
    case 'refusedForLimit':
      return `a request is refused: limit of ${event.limit}`;
    case 'droppedForDisk':
      return `a message of ${replicaText(event.peer)} is dropped: too much waits for the disk`;
    case 'caughtUp':
      return `caught up to slot ${event.slot}: ${event.slots} slots`;
    case 'snapshotTaken':
      return `snapshot of slot ${event.slot} taken: ${event.bytes} bytes, ${milliseconds(event.durationMs)}`;
    case 'snapshotInstalled':
      return `snapshot of slot ${event.slot} taken over: ${event.bytes} bytes, ${milliseconds(event.durationMs)}`;
    case 'retired':
      return `ends: ${event.reason}`;
    case 'notice':
      return event.text;
    case 'roundDone':
      return `slot ${event.slot} chosen: ${event.commands} commands, ${milliseconds(event.durationMs)}`;
    case 'applied':
      return `slot ${event.slot} applied: ${event.commands} commands, ${milliseconds(event.durationMs)}`;
    case 'logSynced':
      return `log synced: ${event.records} records, ${event.bytes} bytes, ${milliseconds(event.durationMs)}`;
    case 'readRoundDone':
      return `read round done: ${event.reads} reads, ${milliseconds(event.durationMs)}`;
    case 'peerRoundTrip':
      return `round trip to ${replicaText(event.peer)}: ${milliseconds(event.durationMs)}`;
    case 'commandDone':
      return `command ${event.name}: ${event.outcome}, ${milliseconds(event.durationMs)}`;
  }
}

function milliseconds(durationMs: number): string {
  return `${durationMs.toFixed(3)} ms`;
}

/** What a program would otherwise have to read out of the sentence. An event's own properties, with ids and ballots as texts. */
function fieldsOf(event: ReplicaEvent): Fields {
  switch (event.kind) {
    case 'leaderChanged': {
      const leader = event.leader === undefined ? undefined : replicaText(event.leader);
      return { leader, ballot: ballotText(event.ballot) };
    }
    case 'sent':
    case 'received':
      return { peer: replicaText(event.peer), bytes: event.bytes };
    case 'linkUp':
    case 'droppedForDisk':
      return { peer: replicaText(event.peer) };
    case 'linkDown':
      return { peer: replicaText(event.peer), reason: event.reason };
    case 'peerRoundTrip':
      return { peer: replicaText(event.peer), durationMs: thousandths(event.durationMs) };
    case 'notice':
      return { slot: event.slot };
    case 'roundDone':
    case 'applied':
    case 'logSynced':
    case 'readRoundDone':
    case 'snapshotTaken':
    case 'snapshotInstalled': {
      const { kind: _, durationMs, ...rest } = event;
      return { ...rest, durationMs: thousandths(durationMs) };
    }
    case 'commandDone':
      // The operator's lines have a name of another kind.
      return {
        command: event.name,
        outcome: event.outcome,
        durationMs: thousandths(event.durationMs),
      };
    case 'refusedLink':
    case 'refusedAccess':
    case 'clientOpened':
    case 'clientClosed':
    case 'clientCut':
    case 'refusedForLimit':
    case 'caughtUp':
    case 'retired': {
      const { kind: _, ...rest } = event;
      return rest;
    }
  }
}

function thousandths(durationMs: number): number {
  return Math.round(durationMs * 1_000) / 1_000;
}
