import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { COMMANDS } from './command-list.ts';
import { COMMON_OPTIONS } from './common-options.ts';
import { completionScript } from './completion-script.ts';

/** What bash offers at the end of these words. */
function offered(...words: readonly string[]): string[] {
  const script = completionScript('bash', COMMANDS, COMMON_OPTIONS);
  const program = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _paxosctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const bash = spawnSync('bash', ['--norc', '-u', '-c', program, 'bash', 'paxosctl', ...words], {
    encoding: 'utf8',
  });
  assert.equal(bash.stderr, '');
  return bash.stdout.split('\n').filter((word) => word !== '');
}

test('bash completes commands, their second words, options and values', () => {
  assert.deepEqual(offered('st'), ['status']);
  assert.deepEqual(offered('member', ''), ['add', 'promote', 'remove']);
  assert.deepEqual(offered('member', 'add', '--pro'), ['--promote']);
  assert.deepEqual(offered('status', '--w'), ['--watch']);
  assert.deepEqual(offered('status', '--output', 'j'), ['json']);
  assert.deepEqual(offered('completion', 'z'), ['zsh']);
  assert.ok(offered('').length >= COMMANDS.length - 2);
});

test('bash completes names of files where they belong', () => {
  assert.ok(offered('verify', '--dir', 'package').includes('package.json'));
  assert.ok(offered('restore', 'package').includes('package.json'));
  assert.deepEqual(offered('get', 'package'), []);
});

test('zsh understands the script', (t) => {
  const zsh = spawnSync('zsh', ['-n', '-c', completionScript('zsh', COMMANDS, COMMON_OPTIONS)], {
    encoding: 'utf8',
  });
  if (zsh.error !== undefined) return t.skip('there is no zsh on this machine');
  assert.equal(zsh.stderr, '');
});
