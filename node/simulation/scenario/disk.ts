/** What a replica of a scenario has on its disk: the facts of the core, as the real log would remember them. */
import { provenChosen, type Restored } from '../../src/paxos/acceptor.ts';
import { type Ballot, BALLOT_NONE, type Slot } from '../../src/paxos/ballot.ts';
import type { Entry } from '../../src/paxos/entry.ts';
import type { Fact } from '../../src/paxos/message.ts';
import { Rulings } from '../../src/paxos/rulings.ts';

export class ScenarioDisk {
  #promised: Ballot = BALLOT_NONE;
  #chosen: Slot = 0;
  readonly #entries = new Map<Slot, Entry>();

  /** The last slot that this disk knows to be chosen: as far as others are served from it. */
  get chosen(): Slot {
    return this.#chosen;
  }

  write(fact: Fact): void {
    switch (fact.kind) {
      case 'promise':
        this.#promised = fact.ballot;
        break;
      case 'entry':
        this.#entries.set(fact.entry.slot, fact.entry);
        break;
      case 'chosen':
        this.#chosen = fact.slot;
        break;
      case 'joined':
        break;
    }
  }

  /** Entries from one slot to another, both included, in slot order. */
  entries(from: Slot, through: Slot): Entry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.slot >= from && entry.slot <= through)
      .toSorted((a, b) => a.slot - b.slot);
  }

  /** What a process finds when it starts on this disk. */
  restored(): Restored {
    const rulings = new Rulings([]);
    this.#learn(rulings, 1, this.#chosen);
    const above = this.entries(this.#chosen + 1, Number.POSITIVE_INFINITY);
    const chosen = provenChosen(this.#chosen, above, rulings.alpha);
    this.#learn(rulings, this.#chosen + 1, chosen);
    return {
      promised: this.#promised,
      chosen,
      entries: above.filter((entry) => entry.slot > chosen),
      rulings: rulings.all,
    };
  }

  #learn(rulings: Rulings, from: Slot, through: Slot): void {
    for (const { slot, value } of this.entries(from, through)) {
      if (value.kind === 'configuration') rulings.learn(slot, value.configuration);
    }
  }
}
