/** `paxosctl backup FILE`: the whole state of one replica, checked as it comes in, into a file that appears in one piece. */
import { once } from 'node:events';
import { accessSync, constants, createWriteStream, existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { IncomingMessage } from 'node:http';
import { type SnapshotSummary, SnapshotVerifier } from '../../src/codec/snapshot.ts';
import { Corruption, InvalidInput } from '../../src/errors.ts';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused } from '../failure.ts';
import { bytesText } from '../output.ts';
import { failureOf, refusalOf } from '../problem.ts';
import { Progress } from '../progress.ts';
import { bodyOf } from '../response-body.ts';
import { type Reached, survey } from '../survey.ts';

/** It holds all data: only its owner may read it. */
const FILE_MODE = 0o600;

export const BACKUP: Command = {
  name: 'backup',
  operands: [{ name: 'FILE', isFile: true }],
  summary: 'writes the whole state into a file, while the cluster serves',
  notes:
    'Asks a follower if there is one, or the replica that --replica names. Everything that was acknowledged before the command began is in it: it waits\n' +
    'until that replica has applied as far as the leader had chosen. The file has a checksum after every chunk; it gets its name when it is whole and on disk.',
  options: [{ name: 'replica', value: 'ID', help: 'the replica to ask; its first digits are enough' }],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { operands, connections, output, signal } = invocation;
    const [file = ''] = operands;
    requireParent(file);
    if (existsSync(file))
      throw refused(`${file} exists`, 'name a file that does not exist: none is overwritten');
    const source = await sourceOf(invocation);
    const response = await connections.open('admin', source.endpoint, { path: '/v1/backup', signal });
    if (response.statusCode !== 200) {
      throw failureOf(source.endpoint, refusalOf(response.statusCode ?? 0, await bodyOf(response)));
    }
    const summary = await receive(response, file, source, invocation);
    const { header, bytes } = summary;
    const { applied } = header.applier;
    output.result(
      {
        file,
        replica: source.status.id,
        cluster: header.cluster,
        slot: applied,
        revision: header.store.revision,
        keys: header.store.keys,
        bytes,
      },
      `${file}: ${header.store.keys} keys at slot ${applied} (revision ${header.store.revision}) of cluster ${header.cluster}, ` +
        `${bytesText(bytes)}, from ${source.status.id}`,
    );
    return EXIT.ok;
  },
};

/** Throws `InvalidInput` unless a file can be made there. */
function requireParent(file: string): void {
  const directory = path.dirname(file);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new InvalidInput('FILE', file, `must be in a directory that exists, which ${directory} does not`);
  }
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new InvalidInput('FILE', file, `must be in a directory that may be written to`, { cause });
  }
}

/** A follower has less to do than the leader. It must have everything that is acknowledged by now. */
async function sourceOf({ line, connections, signal }: Invocation): Promise<Reached> {
  const wanted = line.text('replica');
  const found = await survey(connections, signal);
  const target = found.leader?.status.chosen ?? 0;
  const candidates = found.reached
    .filter(({ status }) =>
      wanted === undefined ? status.role !== 'stranger' : status.id.startsWith(wanted),
    )
    .toSorted((a, b) => Number(a === found.leader) - Number(b === found.leader));
  const level = candidates.find(({ status }) => status.applied >= target) ?? candidates[0];
  if (level === undefined) {
    const ids = found.reached.map(({ status }) => status.id).join(', ');
    throw refused(`no replica ${wanted ?? 'of a cluster'} answers`, `one of ${ids}`);
  }
  if (found.leader === undefined || level.status.applied >= target) return level;
  // Somebody asked for one that lags: it is on its way there.
  const deadline = performance.now() + connections.timeoutMs;
  while (performance.now() < deadline && !signal.aborted) {
    const again = (await survey(connections, signal)).reached.find(
      ({ status }) => status.id === level.status.id,
    );
    if (again !== undefined && again.status.applied >= target) return again;
  }
  throw refused(
    `${level.status.id} has applied up to slot ${level.status.applied}, and slot ${target} was chosen when the command began`,
    'ask another replica, or again when this one has caught up',
  );
}

async function receive(
  response: IncomingMessage,
  file: string,
  { endpoint }: Reached,
  { output }: Invocation,
): Promise<SnapshotSummary> {
  const part = `${file}.part`;
  const estimatedBytes = Number(response.headers['paxoskv-estimated-bytes'] ?? 0);
  const progress = new Progress(output.streams, 'backup');
  const target = createWriteStream(part, { flags: 'wx', mode: FILE_MODE, flush: true });
  await once(target, 'open');
  const verifier = new SnapshotVerifier();
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      verifier.push(chunk);
      while (verifier.step());
      bytes += chunk.length;
      if (!target.write(chunk)) await once(target, 'drain');
      progress.show(
        estimatedBytes === 0 ? undefined : Math.min(0.99, bytes / estimatedBytes),
        bytesText(bytes),
      );
    }
    const summary = verifier.finish();
    target.end();
    await once(target, 'close');
    await rename(part, file);
    await syncDirectory(path.dirname(file));
    return summary;
  } catch (error) {
    target.destroy();
    await rm(part, { force: true });
    if (error instanceof Corruption) {
      throw new CommandFailure(
        EXIT.no,
        `what ${endpoint} sent is damaged: ${error.message}`,
        'ask another replica',
        {
          cause: error,
        },
      );
    }
    if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
    throw new CommandFailure(
      EXIT.unreachable,
      `${endpoint} broke off after ${bytesText(bytes)}: ${(error as Error).message}`,
      'ask again, or another replica with --replica; there is no file',
      { cause: error },
    );
  } finally {
    progress.end();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
