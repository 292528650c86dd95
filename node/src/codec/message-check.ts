/**
 * What a message's fields must agree on before the core sees it. The core asserts these things of itself;
 * a frame that breaks them comes from a program that is not ours, and must not end this process.
 */
import { Corruption } from '../errors.ts';
import { sameBallot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import type { PeerMessage } from './message.ts';

/** Far more slots than alpha allows in flight: bounds what a candidate walks through to find holes. */
const PROMISED_SLOTS_MAX = 65_536;
/** Parts of one promise: at least an entry in each. */
const PARTS_MAX = PROMISED_SLOTS_MAX;

/** Throws `Corruption` that says what is wrong. */
export function checkMessage(message: PeerMessage): void {
  switch (message.kind) {
    case 'accept':
      requireConsecutive(message.entries);
      if (message.entries.some((entry) => !sameBallot(entry.ballot, message.ballot))) {
        throw new Corruption('an accept holds an entry of another ballot');
      }
      return;
    case 'chosen':
      return requireConsecutive(message.entries);
    case 'promise':
      if (message.parts > PARTS_MAX || message.part >= message.parts) {
        throw new Corruption(`a promise is part ${message.part} of ${message.parts}`);
      }
      for (const { slot } of message.entries) {
        if (slot <= message.chosen || slot > message.chosen + PROMISED_SLOTS_MAX) {
          throw new Corruption(`a promise with chosen mark ${message.chosen} holds slot ${slot}`);
        }
      }
      return;
    default:
  }
}

function requireConsecutive(entries: readonly Entry[]): void {
  for (let index = 1; index < entries.length; index += 1) {
    if (entries[index]?.slot !== (entries[index - 1]?.slot ?? 0) + 1) {
      throw new Corruption('the entries of a message are not of consecutive slots');
    }
  }
}
