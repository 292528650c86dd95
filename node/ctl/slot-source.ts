/** Somebody's log, slot by slot: of a replica that runs, or of a directory. What `paxosctl diff` compares. */
import { valueSummary } from '../src/codec/value-checksum.ts';
import { ballotText } from '../src/paxos/ballot.ts';
import type { Connections } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import type { ReplicaDirectory } from './offline/replica-directory.ts';
import { failureOf, jsonObject, refusalOf } from './problem.ts';

/** What a log holds for a slot. */
export interface SlotValue {
  readonly slot: number;
  readonly ballot: string;
  readonly kind: string;
  readonly bytes: number;
  readonly checksum: string;
}

export interface SlotSource {
  /** In the table's heading. */
  readonly name: string;
  /** Every slot up to here is known chosen, and can be read from `firstSlot` on. */
  readonly chosen: number;
  /** The lowest slot that the log still holds. */
  readonly firstSlot: number;
  /** Those of consecutive slots from `from` on, at least one when `from` is within the two, none behind `through`. */
  read(from: number, through: number): Promise<readonly SlotValue[]>;
}

/** As many slots as one answer holds. */
const PAGE_SLOTS = 1_000;

/** The log of a replica that runs. Throws `CommandFailure`. */
export async function runningSource(
  connections: Connections,
  endpoint: Endpoint,
  id: string,
  signal: AbortSignal,
): Promise<SlotSource> {
  const page = async (query: string) => {
    const answer = await connections.ask('admin', endpoint, { path: `/v1/log?${query}`, signal });
    if (answer.status !== 200) throw failureOf(endpoint, refusalOf(answer.status, answer.body));
    return (jsonObject(answer.body) ?? {}) as {
      readonly firstSlot: number;
      readonly entries: readonly SlotValue[];
      readonly chosen: number;
    };
  };
  const { firstSlot, chosen } = await page('limit=1');
  return {
    name: id,
    chosen,
    firstSlot,
    read: async (from, through) =>
      (await page(`from=${from}&limit=${Math.min(PAGE_SLOTS, through - from + 1)}`)).entries,
  };
}

/** The log in a directory. */
export function directorySource(directory: ReplicaDirectory): SlotSource {
  return {
    name: directory.name,
    chosen: directory.chosen,
    firstSlot: directory.firstSlot,
    read: async (from, through) =>
      (await directory.read(from, through)).map((entry) => ({
        slot: entry.slot,
        ballot: ballotText(entry.ballot),
        ...valueSummary(entry),
      })),
  };
}

/** Goes through a source in order; a slot may be asked for once, and slots only ascend. */
export class SlotCursor {
  readonly source: SlotSource;
  readonly #through: number;
  #page: readonly SlotValue[] = [];

  constructor(source: SlotSource, through: number) {
    this.source = source;
    this.#through = through;
  }

  /** Undefined when the log does not hold the slot as chosen, or not any more. */
  async at(slot: number): Promise<SlotValue | undefined> {
    const { chosen, firstSlot } = this.source;
    if (slot > chosen || slot < firstSlot || firstSlot === 0) return undefined;
    const last = this.#page.at(-1)?.slot ?? 0;
    if (slot > last) this.#page = await this.source.read(slot, Math.min(this.#through, chosen));
    const first = this.#page[0]?.slot ?? 0;
    const value = this.#page[slot - first];
    return value?.slot === slot ? value : undefined;
  }
}
