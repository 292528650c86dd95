/** Replica events → lines that people read, one event each. */
import { ballotText, replicaText } from '../paxos/ballot.ts';
import type { Observer, ReplicaEvent } from './events.ts';

export interface LogLinesOptions {
  /** Gets one line without its end. */
  readonly write: (line: string) => void;
  /** The wall clock, in milliseconds since 1970. */
  readonly clockMs: () => number;
  /** Every message, slot and log write too, not only what an operator should know of. */
  readonly verbose: boolean;
}

/** An observer that writes `2026-01-31T12:00:00.000Z event…` for each event worth a line. */
export function logLines(options: LogLinesOptions): Observer {
  const { write, clockMs, verbose } = options;
  return (event) => {
    if (!verbose && !isNotable(event)) return;
    write(`${new Date(clockMs()).toISOString()} ${oneLine(eventText(event))}`);
  };
}

/** Rare, and of interest to whoever looks after the cluster. */
function isNotable(event: ReplicaEvent): boolean {
  switch (event.kind) {
    case 'leaderChanged':
    case 'linkUp':
    case 'linkDown':
    case 'refusedLink':
    case 'caughtUp':
    case 'snapshotTaken':
    case 'snapshotInstalled':
    case 'retired':
    case 'notice':
      return true;
    case 'sent':
    case 'received':
    case 'roundDone':
    case 'logSynced':
    case 'readRoundDone':
    case 'peerRoundTrip':
    case 'applied':
    case 'commandDone':
    // Anybody can cause thousands of these: they are counted.
    case 'refusedAccess':
    case 'clientOpened':
    case 'clientClosed':
    case 'clientCut':
    case 'refusedForLimit':
      return false;
  }
}

function eventText(event: ReplicaEvent): string {
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

/** Texts may quote what a stranger sent: nobody gets to forge a second line or to steer a terminal. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, escapeControl);
}

function escapeControl(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
