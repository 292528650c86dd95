/** Mutants of the core: promises, votes, recovery of values, marks, reads. */
import type { Mutant } from './mutant.ts';

const ACCEPTOR = 'src/paxos/acceptor.ts';
const CAMPAIGN = 'src/paxos/campaign.ts';
const CANDIDATE = 'src/paxos/candidate.ts';
const CONFIGURATION = 'src/paxos/configuration.ts';
const LEADER = 'src/paxos/leader.ts';
const PAXOS = 'src/paxos/paxos.ts';
const READ_ROUNDS = 'src/paxos/read-rounds.ts';

export const CONSENSUS_MUTANTS: readonly Mutant[] = [
  {
    name: 'prepare before durable',
    file: CAMPAIGN,
    replace: 'asked.add(id);\n      out.sendAfterwards(id, message);',
    by: 'asked.add(id);\n      out.send(id, message);',
    why: 'a candidate that loses power forgets the ballot that it has prepared, and may use it again',
  },
  {
    name: 'promise not synced',
    file: PAXOS,
    replace: 'out.sendAfterwards(from, part);',
    by: 'out.send(from, part);',
    why: 'an acceptor that loses power forgets its promise, and accepts in a lower ballot',
  },
  {
    name: 'accepted sent before durable',
    file: PAXOS,
    replace: 'out.sendAfterwards(from, accepted);',
    by: 'out.send(from, accepted);',
    why: 'a value counts as chosen that a loss of power can still take back',
  },
  {
    name: 'heartbeat reply tells an unsynced mark',
    file: PAXOS,
    replace: 'mark: this.acceptor.durable,',
    by: 'mark: this.acceptor.mark,',
    why: 'the mark in the answer to a heartbeat is a vote like any other',
  },
  {
    name: 'heartbeat answered before the promise is durable',
    file: PAXOS,
    replace:
      'if (this.acceptor.isPromiseDurable) out.send(from, reply);\n    else out.sendAfterwards(from, reply);',
    by: 'out.send(from, reply);',
    why: 'an answer in a ballot tells that it is promised',
  },
  {
    name: 'own vote before sync',
    file: LEADER,
    replace: 'id === this.#self ? this.#acceptor.durable :',
    by: 'id === this.#self ? this.#acceptor.mark :',
    why: 'a leader that loses power takes back its own vote, and with it the choice',
  },
  {
    name: 'ballot reused after a restart',
    file: PAXOS,
    replace: 'this.#roundSeen = this.acceptor.promised.round;',
    by: `this.#roundSeen = this.acceptor.promised.round;
    if (restored.promised.replica === options.self && restored.rulings.length > 0) {
      this.#role = new Leader(options, restored.promised, [], this.acceptor, 0);
    }`,
    why: 'two lives of a process propose different values in one ballot',
  },
  {
    name: 'promise forgotten at a restart',
    file: 'src/replica/start.ts',
    replace: 'restored: { promised, chosen,',
    by: 'restored: { promised: { round: 0, replica: 0 }, chosen,',
    why: 'an acceptor that has forgotten its promise accepts in a lower ballot',
  },
  {
    // The leader of a lower ballot would have to reach, late, a replica that has just restarted, at the very
    // slot that catch-up had brought it; nobody who hears of the chosen value helps it.
    name: 'ballot of an entry above the promise forgotten',
    file: ACCEPTOR,
    replace: 'this.#promised = highestBallot(restored);',
    by: 'this.#promised = restored.promised;',
    why: 'what came by catch-up may stand in a ballot that this replica has never promised',
    seenBy: {
      file: 'src/paxos/acceptor.test.ts',
      name: 'after a restart the ballot of an entry from catch-up counts as promised',
    },
  },
  {
    name: 'mark carried across ballots',
    file: ACCEPTOR,
    replace: 'this.#mark = this.#chosen;\n    this.#durable = this.#chosen;\n    out.facts',
    by: 'out.facts',
    why: 'what was accepted in an older ballot, and may have lost, counts as a vote for the new one',
  },
  {
    name: 'old entries beyond the mark taken for accepted',
    file: ACCEPTOR,
    replace: "if (entry.slot <= this.#mark) return 'known';",
    by: "if (entry.slot <= this.#mark || this.window.get(entry.slot) !== undefined) {\n      this.#mark = Math.max(this.#mark, entry.slot);\n      return 'known';\n    }",
    why: 'a slot that holds the value of an older ballot keeps it and votes for another',
  },
  {
    name: "chosen mark applied to another ballot's entry",
    file: ACCEPTOR,
    replace: 'this.#advanceChosen(Math.min(through, this.#mark), out);',
    by: 'this.#advanceChosen(Math.min(through, this.window.last), out);',
    why: 'a follower applies the value of an older ballot that has lost',
  },
  {
    name: 'follower applies beyond its mark',
    file: ACCEPTOR,
    replace: 'this.#advanceChosen(Math.min(through, this.#mark), out);',
    by: 'this.#advanceChosen(through, out);',
    why: 'a follower applies what it has not accepted',
  },
  {
    name: 'lower ballot adopted',
    file: CANDIDATE,
    replace: 'compareBallots(entry.ballot, known.ballot) > 0',
    by: 'compareBallots(entry.ballot, known.ballot) < 0',
    why: 'of two values for a slot only the one of the highest ballot can have been chosen',
  },
  {
    // No run has a hole: each acceptor takes slots in order, in every ballot from its chosen mark on, so what
    // it holds above that mark has no gaps, and a candidate has every promised mark before it looks.
    name: 'hole unfilled',
    file: CANDIDATE,
    replace:
      'for (let slot = chosen + 1; slot <= last; slot += 1) values.push(best.get(slot)?.value ?? NOOP);',
    by: `for (let slot = chosen + 1; slot <= last; slot += 1) {
    const known = best.get(slot);
    if (known !== undefined) values.push(known.value);
  }`,
    why: 'the value of a later slot moves into the hole, though its own slot may be chosen',
    seenBy: { file: 'simulation/scenario.test.ts', name: 'the story of hole goes as it was told' },
  },
  {
    name: 'recovered values not proposed again',
    file: CANDIDATE,
    replace: 'for (let slot = chosen + 1; slot <= last; slot += 1) values',
    by: 'for (let slot = chosen + 1; slot < last; slot += 1) values',
    why: 'the last slot that a promise reports may be chosen: a new leader gives it to another value',
  },
  {
    name: 'promise without the entries above its mark',
    file: ACCEPTOR,
    replace: 'this.window.from(Math.max(first, this.#chosen + 1))',
    by: 'this.window.from(this.window.last + 1)',
    why: 'a new leader does not hear of values that may be chosen',
  },
  {
    name: 'promise without its chosen mark',
    file: ACCEPTOR,
    replace: "kind: 'promise',\n      ballot: this.#promised,\n      chosen: this.#chosen,",
    by: "kind: 'promise',\n      ballot: this.#promised,\n      chosen: 0,",
    why: 'a candidate that is behind takes slots for free that are chosen, and fills them anew',
  },
  {
    name: 'candidate leads without fetching what is chosen',
    file: CAMPAIGN,
    replace: 'if (chosen > this.#acceptor.chosen) {',
    by: 'if (chosen > this.#acceptor.chosen + 1e9) {',
    why: 'a candidate that is behind takes slots for free that are chosen, and fills them anew',
  },
  {
    name: 'promises counted by message',
    file: CAMPAIGN,
    replace: 'if (!rulings.isQuorumFrom(this.#acceptor.chosen + 1, preparing.complete)) {',
    by: `const counted = preparing as unknown as { answers?: number };
    counted.answers = (counted.answers ?? 0) + 1;
    if (counted.answers * 2 <= rulings.membersFrom(preparing.first).length) {`,
    why: 'the promise of one acceptor, heard twice, makes a quorum that is none',
  },
  {
    name: 'choice by one less than a quorum',
    file: CONFIGURATION,
    replace: 'return marks[Math.floor(marks.length / 2)] ?? 0;',
    by: 'return marks[Math.max(0, Math.floor(marks.length / 2) - 1)] ?? 0;',
    why: 'a value is chosen that a later quorum need not know of',
  },
  {
    name: 'phase 1 with one less than a quorum',
    file: CONFIGURATION,
    replace: 'return votes > voters / 2;',
    by: 'return votes + 1 > voters / 2;',
    why: 'a new leader does not hear of what another quorum has chosen',
  },
  {
    name: 'read without a round begun after it',
    file: READ_ROUNDS,
    replace: 'this.#waiting.push({ id, follower });',
    by: '(this.#round === undefined ? this.#waiting : this.#underWay).push({ id, follower });',
    why: 'the round may have begun before a write that was acknowledged before the read came',
  },
  {
    name: 'read without a round',
    file: LEADER,
    replace:
      'if (!this.#acceptor.rulings.isQuorumFrom(this.#acceptor.chosen + 1, answered)) return;\n    this.reads.finish(out);',
    by: 'this.reads.finish(out);',
    why: 'a leader that was replaced without knowing it answers with old state',
  },
  {
    name: 'barrier not waited for',
    file: LEADER,
    replace: 'return this.#barrier > 0 && this.#acceptor.chosen >= this.#barrier;',
    by: 'return this.#barrier >= 0;',
    why: 'a new leader does not know yet what its predecessor has acknowledged',
  },
  {
    name: 'promise lowered by a leader of a lower ballot',
    file: PAXOS,
    replace:
      'if (order < 0) {\n      this.#refuse(from, ballot, out);\n      return false;\n    }\n    if (!this.acceptor.rulings.known) return false;',
    by: 'if (!this.acceptor.rulings.known) return false;',
    why: 'a replaced leader is heard as if nothing had been promised since',
  },
];
