/** From an argument list to a command, its options and its operands; or to a text, when help is asked for. */
import { CommandLine, describeOptions } from '../src/command-line.ts';
import { InvalidInput } from '../src/errors.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './command-list.ts';
import { EXIT } from './exit-code.ts';
import { CommandFailure } from './failure.ts';
import { COMMON_OPTIONS } from './common-options.ts';

export interface Parsed {
  readonly command: Command;
  readonly line: CommandLine;
  readonly operands: readonly string[];
  readonly json: boolean;
}

/** Throws `InvalidInput`. */
export function parseArguments(argv: readonly string[]): Parsed | string {
  const [first, second] = argv;
  if (first === undefined || first === 'help' || first === '--help') return overview();
  const command =
    COMMANDS.find(({ name }) => name === `${first} ${second ?? ''}`) ??
    COMMANDS.find(({ name }) => name === first);
  if (command === undefined) throw unknownCommand(first, second);
  const rest = argv.slice(command.name.split(' ').length);
  const line = new CommandLine([...command.options, ...COMMON_OPTIONS], rest, command.operands.length);
  if (line.has('help')) return helpOf(command);
  const missing = command.operands[line.operands.length];
  if (missing !== undefined && missing.optional !== true) {
    throw new CommandFailure(EXIT.usage, `${missing.name} must be given: ${usageOf(command)}`);
  }
  const format = line.text('output');
  if (format !== 'text' && format !== 'json')
    throw new InvalidInput('--output', format, 'must be text or json');
  return { command, line, operands: line.operands, json: format === 'json' };
}

export function usageOf({ name, operands, options }: Command): string {
  const words = operands.map((operand) => (operand.optional === true ? `[${operand.name}]` : operand.name));
  return ['paxosctl', name, ...words, ...(options.length > 0 ? ['[options]'] : [])].join(' ');
}

export function helpOf(command: Command): string {
  const { summary, notes, options } = command;
  const own = options.length === 0 ? '' : `\n${describeOptions(options)}\n`;
  return (
    `${usageOf(command)}\n\n${summary}\n${notes === undefined ? '' : `\n${notes}\n`}${own}\n` +
    `Every command takes:\n\n${describeOptions(COMMON_OPTIONS)}`
  );
}

export function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => nameAndOperands(command).length));
  const lines = COMMANDS.map((command) => `  ${nameAndOperands(command).padEnd(width)}  ${command.summary}`);
  return (
    'Looks after a PaxosKV cluster.\n\n' +
    `  paxosctl COMMAND [options]; paxosctl COMMAND --help tells all of one\n\n${lines.join('\n')}\n\n` +
    'Exit codes: 0 done, 1 the answer is no, 2 bad arguments, 3 nobody answers, 4 refused (nothing was done), 5 unknown.'
  );
}

function nameAndOperands({ name, operands }: Command): string {
  return [
    name,
    ...operands.map((operand) => (operand.optional === true ? `[${operand.name}]` : operand.name)),
  ].join(' ');
}

function unknownCommand(first: string, second: string | undefined): InvalidInput {
  const family = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  if (family.length > 0)
    return new InvalidInput(
      'the command',
      `${first} ${second ?? ''}`.trim(),
      `must be ${family.join(' or ')}`,
    );
  return new InvalidInput('the command', first, 'must be one that paxosctl --help lists');
}
