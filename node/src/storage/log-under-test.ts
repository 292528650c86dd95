/** A log as tests drive it: small segments, and promises instead of completions. */
import assert from 'node:assert/strict';
import type { Ballot, Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import type { Fact } from '../paxos/message.ts';
import { completion } from './completion.ts';
import type { Files } from './files.ts';
import { Log } from './log.ts';
import type { LogOptions, Recovered } from './log-options.ts';

export const SEGMENT_BYTES = 16 * 1024;
export const REPLICA = 0xabc;
export const BALLOT: Ballot = { round: 3, replica: REPLICA };

export function opened(
  files: Files,
  options: Partial<LogOptions> = {},
): Promise<{ readonly log: Log; readonly recovered: Recovered }> {
  return completion((done) => {
    Log.open(
      files,
      {
        segmentBytes: SEGMENT_BYTES,
        coveredThrough: 0,
        drawReplicaId: () => REPLICA,
        fatal: (error) => assert.fail(error),
        ...options,
      },
      done,
    );
  });
}

export async function appended(log: Log, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) log.append(fact);
  await durable(log);
}

export function durable(log: Log): Promise<void> {
  return new Promise((resolve) => {
    log.whenDurable(resolve);
    log.flush();
  });
}

export function closed(log: Log): Promise<void> {
  return completion<void>((done) => log.close(done));
}

export function read(log: Log, from: Slot, through: Slot, bytesMax: number): Promise<Entry[]> {
  return completion<Entry[]>((done) => log.read(from, through, bytesMax, done));
}

export async function readTexts(log: Log, from: Slot, through: Slot): Promise<string[]> {
  return (await read(log, from, through, 1_000_000)).map(text);
}

export async function readAll(log: Log, from: Slot, through: Slot, bytesMax: number): Promise<Entry[]> {
  const all: Entry[] = [];
  while (from + all.length <= through) all.push(...(await read(log, from + all.length, through, bytesMax)));
  return all;
}

export function entry(slot: Slot, value: string): Fact {
  return {
    kind: 'entry',
    entry: { slot, ballot: BALLOT, value: { kind: 'commands', bytes: Buffer.from(value) } },
  };
}

export function text(one: Entry): string {
  return `${one.slot}:${one.value.kind === 'commands' ? Buffer.from(one.value.bytes).toString() : one.value.kind}`;
}
