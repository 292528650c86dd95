/** `docs/commands.md` lists every command that a Redis client may send, and none that it may not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type CommandEntry, commandEntry } from '../node/src/resp/command-table.ts';
import type { Caller } from '../node/src/resp/connection-commands/connection-command.ts';

const document = readFileSync(path.join(import.meta.dirname, '../docs/commands.md'), 'utf8');

/** By name: what `COMMAND LIST` would tell a client. */
function knownCommands(): Map<string, CommandEntry> {
  // It asks nothing of its caller.
  const names = commandEntry('command')?.run?.({} as Caller, ['LIST']) as string[];
  assert.ok(names.length > 50);
  return new Map(names.map((name) => [name, commandEntry(name) as CommandEntry]));
}

/** The cells of the table that follows `<!-- table: name -->`, without its head. */
function tableOf(name: string): string[][] {
  const [, after] = document.split(`<!-- table: ${name} -->\n`);
  assert.ok(after !== undefined, `docs/commands.md has no table "${name}"`);
  const rows = after.slice(0, after.search(/\n(?!\|)/)).split('\n');
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands in backticks. */
function words(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
}

function namesIn(table: string): string[] {
  return tableOf(table)
    .flatMap(([name = '']) => words(name))
    .map((name) => name.toLowerCase())
    .toSorted();
}

function namesWhere(belongs: (entry: CommandEntry) => boolean): string[] {
  return [...knownCommands()]
    .filter(([, entry]) => belongs(entry))
    .map(([name]) => name)
    .toSorted();
}

test('docs/commands.md lists every command about data, and says whether it reads or writes', () => {
  assert.deepEqual(
    namesIn('data'),
    namesWhere((entry) => entry.data !== undefined),
  );
  for (const [name = '', , access] of tableOf('data')) {
    assert.equal(access, commandEntry(words(name)[0] ?? '')?.data?.access, name);
  }
});

test('docs/commands.md lists the commands of transactions', () => {
  assert.deepEqual(
    namesIn('transactions'),
    namesWhere((entry) => entry.transaction !== undefined),
  );
});

test('docs/commands.md lists the commands of sessions', () => {
  assert.deepEqual(
    namesIn('sessions'),
    namesWhere((entry) => entry.submit !== undefined),
  );
});

test('docs/commands.md lists every command of the connection, with its subcommands', () => {
  assert.deepEqual(
    namesIn('connection'),
    namesWhere((entry) => entry.run !== undefined),
  );
  for (const [name = '', subcommands = ''] of tableOf('connection')) {
    assert.deepEqual(words(subcommands), commandEntry(words(name)[0] ?? '')?.subcommands, name);
  }
});
