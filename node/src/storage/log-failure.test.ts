import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Done, File, Files } from './files.ts';
import { appended, closed, durable, entry, opened, readTexts, SEGMENT_BYTES } from './log-under-test.ts';
import { MemoryFiles } from './memory-files.ts';

test('Log is full without space for a spare, keeps what waits, and goes on when there is space', async () => {
  const files = new FaultyFiles(new MemoryFiles());
  const { log } = await opened(files);
  await appended(log, [entry(1, 'one')]);
  files.fail = (operation, name) => (operation === 'write' && name.endsWith('.new') ? 'ENOSPC' : undefined);
  const facts = Array.from({ length: 120 }, (_, index) => entry(index + 2, 'v'.repeat(400)));
  let done = false;
  for (const fact of facts) {
    log.append(fact);
    log.flush();
    await turns(20);
  }
  log.whenDurable(() => (done = true));
  log.flush();
  await turns(200);
  assert.equal(log.full, true);
  assert.equal(done, false);
  assert.deepEqual(await readTexts(log, 1, 1), ['1:one']);
  log.retrySpace();
  await turns(200);
  assert.equal(log.full, true);

  files.fail = () => undefined;
  log.retrySpace();
  await durable(log);
  assert.equal(done, true);
  assert.equal(log.full, false);
  await closed(log);
  const again = await opened(files);
  assert.equal(again.recovered.entries.length, 121);
  await closed(again.log);
});

test('Log is full when there is no space for a long record', async () => {
  const files = new FaultyFiles(new MemoryFiles());
  const { log } = await opened(files);
  await turns(100);
  files.fail = (operation) => (operation === 'write' ? 'ENOSPC' : undefined);
  log.append(entry(1, 'v'.repeat(SEGMENT_BYTES)));
  log.flush();
  await turns(100);
  assert.equal(log.full, true);
  files.fail = () => undefined;
  log.retrySpace();
  await durable(log);
  assert.equal(log.full, false);
  await closed(log);
});

test('Log open() fails when an empty directory has no space', async () => {
  const files = new FaultyFiles(new MemoryFiles());
  files.fail = (operation) => (operation === 'write' ? 'ENOSPC' : undefined);
  await assert.rejects(opened(files), { code: 'DISK_FAILURE' });
});

for (const operation of ['write', 'sync'] as const) {
  test(`Log completes nothing after a failed ${operation}, and says so once`, async () => {
    const files = new FaultyFiles(new MemoryFiles());
    const failures: Error[] = [];
    const { log } = await opened(files, { fatal: (error) => failures.push(error) });
    await turns(100);
    files.fail = (asked) => (asked === operation ? 'EIO' : undefined);
    let completed = 0;
    log.append(entry(1, 'one'));
    log.whenDurable(() => (completed += 1));
    log.flush();
    await turns(100);
    files.fail = () => undefined;
    log.append(entry(2, 'two'));
    log.whenDurable(() => (completed += 1));
    log.flush();
    await turns(100);
    assert.equal(completed, 0);
    assert.deepEqual(
      failures.map((error) => (error as Error & { code: string }).code),
      ['DISK_FAILURE'],
    );
    await closed(log);
  });
}

/** Fails operations with the code that `fail` answers. */
class FaultyFiles implements Files {
  fail: (operation: 'write' | 'sync', name: string) => string | undefined = () => undefined;
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  list(done: Done<string[]>): void {
    this.#files.list(done);
  }

  create(name: string, done: Done<File>): void {
    this.#files.create(name, (error, file) => done(error, this.#wrap(file)));
  }

  open(name: string, done: Done<File>): void {
    this.#files.open(name, (error, file) => done(error, this.#wrap(file)));
  }

  rename(from: string, to: string, done: Done): void {
    this.#files.rename(from, to, done);
  }

  unlink(name: string, done: Done): void {
    this.#files.unlink(name, done);
  }

  freeBytes(done: Done<number>): void {
    this.#files.freeBytes(done);
  }

  syncDirectory(done: Done): void {
    this.#files.syncDirectory(done);
  }

  #wrap(file: File): File {
    const failing = (operation: 'write' | 'sync', done: Done): Done => {
      const code = this.fail(operation, file.name);
      return code === undefined ? done : () => done(Object.assign(new Error(code), { code }));
    };
    return {
      name: file.name,
      size: (done) => file.size(done),
      read: (offset, length, done) => file.read(offset, length, done),
      readInto: (offset, target, done) => file.readInto(offset, target, done),
      write: (offset, chunks, done) => file.write(offset, chunks, failing('write', done)),
      sync: (done) => file.sync(failing('sync', done)),
      close: (done) => file.close(done),
    };
  }
}

/** Lets `count` rounds of completions in memory pass. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}
