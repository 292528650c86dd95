import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lockDirectory } from './lock.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

test('lockDirectory() refuses a second process, until the first one is killed', async (context) => {
  const directory = temporaryDirectory(context, 'paxoskv-lock');
  const holder = startHolder(context, directory);
  assert.equal(await firstLine(holder), 'locked');
  assert.throws(() => lockDirectory(directory), {
    code: 'DIRECTORY_NOT_LOCKED',
    message: `data directory ${directory} is in use by another process: one process per directory`,
  });

  const second = startHolder(context, directory);
  assert.match(await firstLine(second), /is in use by another process/);

  const exited = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exited;
  const third = startHolder(context, directory);
  assert.equal(await firstLine(third), 'locked');
});

test('lockDirectory() gives the directory free on release()', (context) => {
  const directory = temporaryDirectory(context, 'paxoskv-lock');
  const lock = lockDirectory(directory);
  assert.throws(() => lockDirectory(directory), { code: 'DIRECTORY_NOT_LOCKED' });
  lock.release();
  lockDirectory(directory).release();
});

test('lockDirectory() fails as the system does when there is no such directory', () => {
  assert.throws(() => lockDirectory(join(tmpdir(), 'paxoskv-no-such-directory')), { code: 'ENOENT' });
});

/** A process that locks the directory, says so, and lives until its input ends or it is killed. */
function startHolder(context: TestContext, directory: string): ChildProcess {
  const program = `
    import { lockDirectory } from ${JSON.stringify(import.meta.resolve('./lock.ts'))};
    try {
      lockDirectory(${JSON.stringify(directory)});
      console.log('locked');
      process.stdin.resume();
    } catch (error) {
      console.log(error.message);
    }
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}
