/**
 * Golden scenarios: each file in `scenarios/` is a story of the consensus core, told in commands and in
 * what they lead to. `node --test --test-update-snapshots node/simulation/scenario.test.ts` writes the
 * outcomes anew; commit such a change only if you understand what caused it and want it.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runCommands } from './scenario/commands.ts';
import { World } from './scenario/world.ts';

const folder = path.join(import.meta.dirname, 'scenarios');

for (const name of globSync('*.txt', { cwd: folder }).toSorted()) {
  const file = path.join(folder, name);
  test(`the story of ${path.basename(name, '.txt').replaceAll('-', ' ')} goes as it was told`, (t) => {
    const world = new World();
    const told = replay(readFileSync(file, 'utf8'), (block) => runCommands(world, block));
    t.assert.fileSnapshot(told, file, { serializers: [String] });
  });
}

/** Runs every block of commands and writes the file again, with what actually happened. */
function replay(text: string, run: (block: string) => string): string {
  const blocks = text.trimEnd().split(/\n\n+/);
  const told = blocks.map((block) => {
    const input = block.split('\n----')[0] ?? '';
    const commands = input.split('\n').filter((line) => !line.startsWith('#'));
    return commands.length === 0 ? input : `${input}\n----\n${run(commands.join('\n'))}`;
  });
  return `${told.join('\n\n')}\n`;
}
