/** The obligations of `Files`, as tests that every implementation passes. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { completion } from './completion.ts';
import type { Done, File, Files } from './files.ts';

/** `makeFiles` makes an empty directory; what it must clean up goes into the test context's `after`. */
export function testFiles(name: string, makeFiles: (context: TestContext) => Files): void {
  describe(name, () => {
    testDirectory(makeFiles);
    testContents(makeFiles);
    testCompletions(makeFiles);
  });
}

function testDirectory(makeFiles: (context: TestContext) => Files): void {
  test('list() names the files that were created', async (context) => {
    const files = makeFiles(context);
    assert.deepEqual(await completion<string[]>((done) => files.list(done)), []);
    await created(files, 'b');
    await created(files, 'a');
    assert.deepEqual((await completion<string[]>((done) => files.list(done))).toSorted(), ['a', 'b']);
  });

  test('create() fails with EEXIST when there is a file of that name', async (context) => {
    const files = makeFiles(context);
    await created(files, 'a');
    await assert.rejects(created(files, 'a'), { code: 'EEXIST' });
  });

  test('open(), rename() and unlink() fail with ENOENT when there is no such file', async (context) => {
    const files = makeFiles(context);
    await assert.rejects(opened(files, 'a'), { code: 'ENOENT' });
    await assert.rejects(
      completion<void>((done) => files.rename('a', 'b', done)),
      { code: 'ENOENT' },
    );
    await assert.rejects(
      completion<void>((done) => files.unlink('a', done)),
      { code: 'ENOENT' },
    );
  });

  test('rename() replaces what has the new name, and an open file stays usable', async (context) => {
    const files = makeFiles(context);
    const first = await created(files, 'first');
    const second = await created(files, 'second');
    await written(first, 0, ['first']);
    await written(second, 0, ['second']);
    await completion<void>((done) => files.rename('first', 'second', done));
    assert.deepEqual(await completion<string[]>((done) => files.list(done)), ['second']);
    await written(first, 5, ['!']);
    assert.equal(await text(await opened(files, 'second')), 'first!');
  });

  test('unlink() removes a file, and its name can be used again', async (context) => {
    const files = makeFiles(context);
    await written(await created(files, 'a'), 0, ['old']);
    await completion<void>((done) => files.unlink('a', done));
    await completion<void>((done) => files.syncDirectory(done));
    assert.deepEqual(await completion<string[]>((done) => files.list(done)), []);
    assert.equal(await text(await created(files, 'a')), '');
  });
}

function testContents(makeFiles: (context: TestContext) => Files): void {
  test('write() puts the chunks one after the other at the offset, and the file grows', async (context) => {
    const files = makeFiles(context);
    const file = await created(files, 'a');
    await written(file, 0, ['one', 'two', '', 'three']);
    await written(file, 3, ['TWO', 'THREE and more']);
    await written(file, 0, []);
    assert.equal(await text(file), 'oneTWOTHREE and more');
  });

  test('write() takes thousands of chunks in one call', async (context) => {
    const file = await created(makeFiles(context), 'a');
    const chunks = Array.from({ length: 2_500 }, (_, index) => `${index};`);
    await written(file, 0, chunks);
    assert.equal(await text(file), chunks.join(''));
  });

  test('write() leaves zeros where it skips bytes', async (context) => {
    const file = await created(makeFiles(context), 'a');
    await written(file, 4, ['x']);
    assert.equal(await text(file), '\0\0\0\0x');
  });

  test('read() gives fewer bytes only at the end of the file', async (context) => {
    const file = await created(makeFiles(context), 'a');
    await written(file, 0, ['0123456789']);
    const read = async (offset: number, length: number): Promise<string> =>
      Buffer.from(await completion<Uint8Array>((done) => file.read(offset, length, done))).toString();
    assert.equal(await read(2, 3), '234');
    assert.equal(await read(8, 5), '89');
    assert.equal(await read(10, 5), '');
    assert.equal(await read(20, 5), '');
  });

  test('readInto() fills the memory it is given, and tells how far', async (context) => {
    const file = await created(makeFiles(context), 'a');
    await written(file, 0, ['0123456789']);
    const target = Buffer.from('....');
    const readInto = async (offset: number): Promise<string> => {
      const bytes = await completion<number>((done) => file.readInto(offset, target, done));
      return `${bytes} ${target.toString()}`;
    };
    assert.equal(await readInto(2), '4 2345');
    assert.equal(await readInto(8), '2 8945');
    assert.equal(await readInto(10), '0 8945');
    assert.equal(await readInto(20), '0 8945');
  });

  test('what was written and synced is there when the file is opened again', async (context) => {
    const files = makeFiles(context);
    const file = await created(files, 'a');
    await written(file, 0, ['kept']);
    await completion<void>((done) => file.sync(done));
    await completion<void>((done) => file.close(done));
    const again = await opened(files, 'a');
    assert.equal(await text(again), 'kept');
    await written(again, 4, [' twice']);
    await completion<void>((done) => again.sync(done));
    await completion<void>((done) => again.sync(done));
    assert.equal(await text(again), 'kept twice');
  });
}

function testCompletions(makeFiles: (context: TestContext) => Files): void {
  test('no completion comes before the method has returned', async (context) => {
    const files = makeFiles(context);
    await later<string[]>((done) => files.list(done));
    await later<number>((done) => files.freeBytes(done));
    await later<File>((done) => files.create('a', done));
    await later<void>((done) => files.rename('a', 'b', done));
    const file = await later<File>((done) => files.open('b', done));
    await later<void>((done) => file.write(0, [Buffer.from('x')], done));
    await later<void>((done) => file.write(0, [], done));
    await later<void>((done) => file.sync(done));
    await later<void>((done) => file.sync(done));
    await later<number>((done) => file.size(done));
    await later<Uint8Array>((done) => file.read(0, 1, done));
    await later<number>((done) => file.readInto(0, new Uint8Array(1), done));
    await later<void>((done) => file.close(done));
    await later<void>((done) => files.unlink('b', done));
    await later<void>((done) => files.syncDirectory(done));
  });

  test('operations on one file complete in the order of the calls, and see each other', async (context) => {
    const files = makeFiles(context);
    await written(await created(files, 'a'), 0, ['----']);
    const file = await opened(files, 'a');
    const order: string[] = [];
    const note = (what: string) => (error: Error | undefined) => {
      assert.equal(error, undefined);
      order.push(what);
    };
    file.write(0, [Buffer.from('one')], note('write one'));
    file.sync(note('sync one'));
    file.write(0, [Buffer.from('two')], note('write two'));
    file.sync(note('sync two'));
    const seen = await completion<Uint8Array>((done) => file.read(0, 4, done));
    assert.equal(Buffer.from(seen).toString(), 'two-');
    assert.deepEqual(order, ['write one', 'sync one', 'write two', 'sync two']);
  });
}

/** As `completion`, but fails when the completion comes before `begin` has returned. */
function later<T>(begin: (done: Done<T>) => void): Promise<T> {
  let returned = false;
  const promise = completion<T>((done) => {
    begin((error, value) => {
      assert.ok(returned, 'a completion came before its method returned');
      done(error, value);
    });
  });
  returned = true;
  return promise;
}

function created(files: Files, name: string): Promise<File> {
  return completion<File>((done) => files.create(name, done));
}

function opened(files: Files, name: string): Promise<File> {
  return completion<File>((done) => files.open(name, done));
}

function written(file: File, offset: number, chunks: readonly string[]): Promise<void> {
  const bytes = chunks.map((chunk) => Buffer.from(chunk));
  return completion<void>((done) => file.write(offset, bytes, done));
}

async function text(file: File): Promise<string> {
  const size = await completion<number>((done) => file.size(done));
  return Buffer.from(await completion<Uint8Array>((done) => file.read(0, size, done))).toString();
}
