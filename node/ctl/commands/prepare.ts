/**
 * `paxosctl prepare`: what happens to a replica's directory before the replica starts, by the operator's orders. It runs in the pod, on
 * the pod's own volume, since nobody else can have that at the same time. Each change is one rename, so that it may be
 * interrupted anywhere and begun again.
 */
import { existsSync, fsyncSync, closeSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Corruption, InvalidInput } from '../../src/errors.ts';
import { replicaText } from '../../src/paxos/ballot.ts';
import type { Command, Invocation } from '../command.ts';
import { parseEndpoints } from '../endpoint.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused } from '../failure.ts';
import { ADDRESS_HELP, ADDRESS_VALUE, parseMemberAddress } from '../member-address.ts';
import { copyDirectory, DirectoryDoor } from '../offline/directory-door.ts';
import { namesIn } from '../offline/directory-names.ts';
import { requireEmptyDirectory } from '../offline/empty-directory.ts';
import {
  type DirectoryIdentity,
  dutyOf,
  readOrders,
  type RecoveryOrder,
  saysNothing,
} from '../offline/orders.ts';
import { ReadOnlyFiles } from '../offline/read-only-files.ts';
import { ReplicaDirectory } from '../offline/replica-directory.ts';
import { Progress } from '../progress.ts';
import { examine, lockOrRefuse, make } from './recover.ts';

/** A whole directory of that name takes the place of the replica's: a recovery made it, or somebody who restored a backup. */
const NEXT = 'next';
/** In the making; of no worth until it is renamed. */
const UNFINISHED = 'next.unfinished';
const COPIES = 'survivors.unfinished';
/** How often a pod that waits reads its orders again; they change within a minute or two of being written. */
const LOOK_AGAIN_MS = 1_000;

export const PREPARE: Command = {
  name: 'prepare',
  operands: [],
  summary: "does to a replica's directory what the operator orders, before the replica starts",
  notes:
    "For the pods of a PaxosCluster. A directory of a replica or a cluster that is no more is set aside beside it, as removed-ID or retired-ID. A directory named 'next'\n" +
    'beside it takes its place. While a lost quorum is recovered it waits, and lets the pod of the new replica read the directory.',
  options: [
    { name: 'dir', value: 'DIR', help: 'the directory of the replica; what is set aside stays beside it' },
    { name: 'orders', value: 'FILE', help: 'the orders, as JSON' },
    { name: 'pod', value: 'NAME', help: 'the name of this pod' },
    {
      name: 'address',
      value: ADDRESS_VALUE,
      help: `where the replica is reached: ${ADDRESS_HELP}; {pod} stands for the name of a pod`,
    },
    {
      name: 'listen-host',
      value: 'ADDRESS',
      help: 'where others may read the directory meanwhile',
      fallback: '0.0.0.0',
    },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { line, output, signal } = invocation;
    const required = (name: string): string => {
      const value = line.text(name);
      if (value === undefined) throw new InvalidInput(`--${name}`, undefined, 'must be given');
      return value;
    };
    const [directory, file, pod] = [path.resolve(required('dir')), required('orders'), required('pod')];
    const address = required('address');
    parseMemberAddress('--address', placeOf(address, pod));
    takeNext(directory);
    for (;;) {
      const orders = readOrders(file);
      const identity = saysNothing(orders) ? undefined : await identityOf(directory);
      if (identity === undefined) return EXIT.ok;
      const duty = dutyOf(identity, orders, pod);
      switch (duty.kind) {
        case 'goOn':
          return EXIT.ok;
        case 'setAside':
          setAside(directory, `${duty.why}-${identity.replica}`);
          output.note(`The directory of replica ${identity.replica} is set aside: ${duty.why}.`);
          break;
        case 'recover':
          output.note(
            `Cluster ${duty.order.fromCluster} goes on as ${duty.order.toCluster}, with what is left of it.`,
          );
          await recoverInto(invocation, { directory, pod, address, file, order: duty.order, old: identity });
          break;
        case 'holdStill':
          output.note(
            `Cluster ${duty.order.fromCluster} is being recovered at ${duty.order.seedPod}: holds still.`,
          );
          await holdStill(invocation, { directory, pod, address, file });
      }
      signal.throwIfAborted();
    }
  },
};

interface Place {
  readonly directory: string;
  readonly pod: string;
  /** With `{pod}` in it. */
  readonly address: string;
  /** With the orders. */
  readonly file: string;
}

/** Undefined when there is nothing of a replica. */
async function identityOf(directory: string): Promise<DirectoryIdentity | undefined> {
  if (!existsSync(directory)) return undefined;
  try {
    const found = await ReplicaDirectory.open(directory, new ReadOnlyFiles(directory));
    await found.close();
    return { replica: replicaText(found.replica), cluster: found.cluster, isDamaged: false };
  } catch (error) {
    if (error instanceof CommandFailure) return undefined;
    if (!(error instanceof Corruption)) throw error;
  }
  // Where nothing is ordered for it the replica itself says what is wrong; to a recovery it may be the last copy of something.
  return { ...namesIn(directory), isDamaged: true };
}

/** Until the orders are others. Whoever recovers may read the directory meanwhile. */
async function holdStill(
  { line, connections, signal }: Invocation,
  { directory, pod, address, file }: Place,
): Promise<void> {
  const before = orderText(file);
  const door = new DirectoryDoor(directory, connections);
  await door.listen(
    line.text('listen-host') ?? '',
    parseMemberAddress('--address', placeOf(address, pod)).adminPort,
  );
  try {
    while (orderText(file) === before) await pause(LOOK_AGAIN_MS, undefined, { signal });
  } finally {
    await door.close();
  }
}

/** Until it has made the directory of the new cluster; or until the order is another one, or none, by which nothing is made. */
async function recoverInto(
  { connections, output, signal }: Invocation,
  {
    directory,
    pod,
    address,
    file,
    order,
    old,
  }: Place & { readonly order: RecoveryOrder; readonly old: DirectoryIdentity },
): Promise<void> {
  const parent = path.dirname(directory);
  const unfinished = path.join(parent, UNFINISHED);
  const copies = path.join(parent, COPIES);
  for (const left of [unfinished, copies]) rmSync(left, { recursive: true, force: true });
  const stands = (): boolean => orderText(file) === JSON.stringify(order);
  const names = [directory];
  for (const other of order.survivors.filter((name) => name !== pod)) {
    const copy = path.join(copies, other);
    const { host, adminPort } = parseMemberAddress('--address', placeOf(address, other));
    const scheme = connections.tls.cert === undefined ? 'http' : 'https';
    const [endpoint] = parseEndpoints('--address', `${scheme}://${host}:${adminPort}`);
    if (endpoint === undefined) throw new InvalidInput('--address', address, 'must name a host');
    const wasAnswered = await whileOrdered(
      () => copyDirectory(connections, endpoint, copy),
      stands,
      output.note.bind(output),
      signal,
    );
    if (!wasAnswered) return withdrawn(output, copies);
    names.push(copy);
  }
  const locks = names.map(lockOrRefuse);
  const progress = new Progress(output.streams, 'prepare');
  try {
    const found = await examine(names, progress);
    if (found.cluster !== order.fromCluster)
      throw refused(`the survivors are of cluster ${found.cluster}`, 'order the recovery of that one');
    for (const consequence of found.consequences) output.note(consequence);
    requireEmptyDirectory(unfinished);
    await make(
      found,
      unfinished,
      parseMemberAddress('--address', placeOf(address, pod)),
      progress,
      order.toCluster,
    );
  } finally {
    progress.end();
    for (const lock of locks) lock.release();
  }
  if (!stands()) return withdrawn(output, unfinished, copies);
  renameSync(unfinished, path.join(parent, NEXT));
  syncDirectory(parent);
  rmSync(copies, { recursive: true, force: true });
  setAside(directory, `retired-${old.replica}`);
  takeNext(directory);
}

function withdrawn(output: Invocation['output'], ...unfinished: readonly string[]): void {
  for (const left of unfinished) rmSync(left, { recursive: true, force: true });
  output.note('The order to recover was withdrawn, or is another one: nothing is made by this one.');
}

/** Their pods are made anew, too, and each takes its time. False: the order does not stand any more. */
async function whileOrdered(
  ask: () => Promise<void>,
  stands: () => boolean,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  while (stands()) {
    try {
      await ask();
      return true;
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      note(`${error.message}: asks again`);
    }
    await pause(LOOK_AGAIN_MS, undefined, { signal });
  }
  return false;
}

/** The order to recover as it is now, to be compared with an earlier one. */
function orderText(file: string): string | undefined {
  return JSON.stringify(readOrders(file).recovery);
}

function takeNext(directory: string): void {
  const next = path.join(path.dirname(directory), NEXT);
  if (!existsSync(next)) return;
  if (existsSync(directory)) setAside(directory, `before-${NEXT}`);
  renameSync(next, directory);
  syncDirectory(path.dirname(directory));
}

/** Under a name of its own: what was set aside before stays, too. */
function setAside(directory: string, name: string): void {
  const parent = path.dirname(directory);
  let place = path.join(parent, name);
  for (let count = 2; existsSync(place); count += 1) place = path.join(parent, `${name}-${count}`);
  renameSync(directory, place);
  syncDirectory(parent);
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function placeOf(address: string, pod: string): string {
  return address.replaceAll('{pod}', pod);
}
