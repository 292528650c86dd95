/**
 * The language of scenarios: one command a line.
 *
 *     cluster 3 [alpha 2]     replicas A, B, C, each knowing the configuration as slot 1
 *     spare D                 a fresh replica, with links to all others
 *     tick [A] 700            time passes, for all or for one
 *     campaign A              A's clock runs on until it wants to lead
 *     pass 300                time passes, everything is delivered and written at once; only news is told
 *     deliver A B [n]         what A has sent to B arrives, all of it or the first n messages
 *     deliver all             everything arrives, and what is said meanwhile
 *     drop A B [n]            what A has sent to B is lost
 *     cut A B · mend A B      the link between them breaks silently · is made anew
 *     persist A               A's facts are on disk: what speaks for them leaves
 *     crash A · restart A     A loses what was not on disk · starts again
 *     disk A 3 in 1.B x=1     while A is down: its disk holds this acceptance
 *     propose A x=1 · read A  requests
 *     configure A ABC D       A proposes other members: voters, and perhaps learners
 *     transfer A B            A is to hand the lead to B
 *     show A                  what A holds
 */
import assert from 'node:assert/strict';
import type { Ballot, ReplicaId } from '../../src/paxos/ballot.ts';
import type { World } from './world.ts';

/** Runs the lines of one block and returns what happened, as text. */
export function runCommands(world: World, block: string): string {
  for (const line of block.split('\n')) {
    const words = line.trim().split(/\s+/);
    const command = COMMANDS[words[0] ?? ''];
    assert(command !== undefined, `unknown command: ${line}`);
    command(world, words.slice(1));
  }
  return world.takeLines().join('\n') || 'nothing to tell';
}

const COMMANDS: Readonly<Record<string, (world: World, words: readonly string[]) => void>> = {
  cluster: (world, words) => world.form(number(words[0]), words[1] === 'alpha' ? number(words[2]) : 256),
  tick: (world, words) =>
    world.tick(words.length === 1 ? world.all : [world.replica(id(words[0]))], number(words.at(-1))),
  campaign: (world, words) => world.campaign(world.replica(id(words[0]))),
  pass: (world, words) => world.pass(number(words[0])),
  deliver: (world, words) => {
    if (words[0] === 'all') world.deliverAll();
    else world.deliver(id(words[0]), id(words[1]), countMax(words[2]));
  },
  drop: (world, words) => world.drop(id(words[0]), id(words[1]), countMax(words[2])),
  cut: (world, words) => world.cut(id(words[0]), id(words[1])),
  mend: (world, words) => world.mend(id(words[0]), id(words[1])),
  persist: (world, words) => {
    for (const name of words) world.persist(world.replica(id(name)));
  },
  crash: (world, words) => {
    for (const name of words) world.crash(world.replica(id(name)));
  },
  restart: (world, words) => {
    for (const name of words) world.restart(world.replica(id(name)));
  },
  disk: (world, words) => {
    const replica = world.replica(id(words[0]));
    assert(!replica.isUp && words[2] === 'in', 'disk A 3 in 1.B x=1, while A is down');
    const value = { kind: 'commands', bytes: Buffer.from(words[4] ?? '') } as const;
    const entry = { slot: number(words[1]), ballot: ballot(words[3]), value };
    replica.disk.write({ kind: 'promise', ballot: entry.ballot });
    replica.disk.write({ kind: 'entry', entry });
  },
  propose: (world, words) => world.propose(world.replica(id(words[0])), words.slice(1).join(' ')),
  spare: (world, words) => world.addSpare(id(words[0])),
  configure: (world, words) =>
    world.configure(world.replica(id(words[0])), ids(words[1] ?? ''), ids(words[2] ?? '')),
  transfer: (world, words) => world.transfer(world.replica(id(words[0])), id(words[1])),
  read: (world, words) => world.read(world.replica(id(words[0]))),
  show: (world, words) => {
    for (const name of words) for (const line of world.replica(id(name)).show()) world.say(line);
  },
};

function id(name: string | undefined): ReplicaId {
  assert(name !== undefined && /^[A-E]$/.test(name), `${name} must be the name of a replica, A to E`);
  return name.charCodeAt(0) - 64;
}

function ids(names: string): ReplicaId[] {
  return names.split('').map(id);
}

function number(word: string | undefined): number {
  const value = Number(word);
  assert(Number.isInteger(value) && value > 0, `${word} must be a whole number above 0`);
  return value;
}

function countMax(word: string | undefined): number {
  return word === undefined ? Number.POSITIVE_INFINITY : number(word);
}

function ballot(word: string | undefined): Ballot {
  const [round, name] = (word ?? '').split('.');
  return { round: number(round), replica: id(name) };
}
