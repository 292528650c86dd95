/** `paxosctl restore FILE`: the directories of a new cluster that begins with a backup. */
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { SnapshotHeader } from '../../src/codec/snapshot-header.ts';
import { Corruption, InvalidInput } from '../../src/errors.ts';
import { replicaText } from '../../src/paxos/ballot.ts';
import type { Addresses, Configuration, Member } from '../../src/paxos/configuration.ts';
import { DiskFiles } from '../../src/storage/disk-files.ts';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused } from '../failure.ts';
import { ADDRESS_HELP, ADDRESS_VALUE, localAddress, parseMemberAddress } from '../member-address.ts';
import { makeDirectory, requireEmptyDirectory } from '../offline/empty-directory.ts';
import { revisionBehind } from '../offline/new-revisions.ts';
import { ReadOnlyFiles } from '../offline/read-only-files.ts';
import { ReplicaState } from '../offline/replica-state.ts';
import { writeSeed } from '../offline/seed.ts';
import { bytesText } from '../output.ts';
import { Progress } from '../progress.ts';

const CLUSTER_ID_BYTES = 16;
const REPLICA_ID_MAX = 2 ** 48 - 1;

export const RESTORE: Command = {
  name: 'restore',
  operands: [{ name: 'FILE', isFile: true }],
  summary: 'makes the directories of a new cluster from a backup',
  notes:
    'One directory for each replica, all of them voters. The cluster gets a new id and the replicas get new ids, so that none of them can be taken for one of the\n' +
    'old cluster. Directories must be empty. Start each replica with the addresses that are given here; --peers is not needed.',
  options: [
    {
      name: 'dir',
      value: 'DIR',
      help: 'the directory of a new replica; repeat it for each',
      repeatable: true,
    },
    {
      name: 'address',
      value: ADDRESS_VALUE,
      help: `where it will be reached, one for each --dir: ${ADDRESS_HELP} (default: as npm start does)`,
      repeatable: true,
    },
  ],
  async run({ line, operands, output }: Invocation): Promise<ExitCode> {
    const [file = ''] = operands;
    const directories = line.texts('dir');
    const addresses = memberAddresses(directories, line.texts('address'));
    if (!existsSync(file)) throw new InvalidInput('FILE', file, 'must be a backup that paxosctl backup made');
    for (const directory of directories) requireEmptyDirectory(directory);

    const progress = new Progress(output.streams, 'restore');
    progress.show(undefined, `reads ${file}`);
    const state = new ReplicaState();
    // Every byte is checked before the first one is written.
    const header = await headerOf(state, file);
    const cluster = randomBytes(CLUSTER_ID_BYTES).toString('hex');
    const members = addresses.map((each): Member => ({ id: newReplicaId(), voter: true, addresses: each }));
    const configuration = foundingConfiguration(state, members);
    const { round } = header.applier.epoch;
    const { keys, revision } = header.store;
    const revisions = { certain: revision, next: revisionBehind(revision, Date.now()) };
    for (const [index, directory] of directories.entries()) {
      const { id: replica } = members[index] as Member;
      makeDirectory(directory);
      await writeSeed(
        new DiskFiles(directory),
        { replica, cluster, configuration, round, revisions },
        state.applier,
        (bytes) => progress.show(undefined, `${directory} ${bytesText(bytes)}`),
      );
    }
    progress.end();
    const rows = members.map((member, index) => ({
      directory: directories[index],
      replica: replicaText(member.id),
      host: member.addresses.host,
      peerPort: member.addresses.peerPort,
    }));
    output.rows(
      rows.map((row) => ({ ...row, cluster, revision: revisions.next })),
      [
        { field: 'directory' },
        { field: 'replica' },
        { field: 'host' },
        { field: 'peerPort', heading: 'PEER PORT' },
      ],
    );
    output.note(
      `Cluster ${cluster}: ${keys} keys at slot ${header.applier.applied} (revision ${revision}), from a backup of cluster ${header.cluster}.\n` +
        `Its revisions go on from ${revisions.next}: none that clients remember comes again.`,
    );
    return EXIT.ok;
  },
};

/** Takes the backup over, as a whole or not at all. */
async function headerOf(state: ReplicaState, file: string): Promise<SnapshotHeader> {
  try {
    return await state.takeSnapshot(new ReadOnlyFiles(path.dirname(file)), path.basename(file));
  } catch (cause) {
    if (!(cause instanceof Corruption)) throw cause;
    throw new CommandFailure(
      EXIT.no,
      `${file} is no whole backup: ${cause.message}. No directory was made`,
      'copy it again from where it was made, or take another backup',
      { cause },
    );
  }
}

/** One address for each directory; those of a cluster on this machine when none is given. Throws `InvalidInput`. */
export function memberAddresses(directories: readonly string[], texts: readonly string[]): Addresses[] {
  if (directories.length === 0)
    throw new InvalidInput('--dir', undefined, 'must be given, once for each replica');
  if (new Set(directories.map((directory) => path.resolve(directory))).size < directories.length) {
    throw new InvalidInput('--dir', directories, 'must name each directory once');
  }
  if (texts.length === 0) return directories.map((_, index) => localAddress(index));
  if (texts.length !== directories.length) {
    throw new InvalidInput(
      '--address',
      texts,
      `must be given once for each of ${directories.length} directories`,
    );
  }
  const addresses = texts.map((text) => parseMemberAddress('--address', text));
  const places = new Map<string, string>();
  for (const [index, { host, ...ports }] of addresses.entries()) {
    for (const port of Object.values(ports)) {
      const place = `${host}:${port}`;
      const other = places.get(place);
      if (other !== undefined) {
        const text = texts[index] ?? '';
        throw new InvalidInput(
          '--address',
          text,
          `must not use ${place} a second time, which is of ${other}`,
        );
      }
      places.set(place, texts[index] ?? '');
    }
  }
  return addresses;
}

/** As many slots in flight as ever: alpha never changes. */
export function foundingConfiguration(state: ReplicaState, members: readonly Member[]): Configuration {
  const before = state.ruling?.configuration;
  if (before === undefined) throw refused('it holds no configuration: no cluster was ever founded there');
  return { ...before, members };
}

export function newReplicaId(): number {
  return randomInt(1, REPLICA_ID_MAX);
}
