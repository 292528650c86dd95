/** `OBJECT`: what Redis tells about how it keeps a value. We keep all alike, and answer what Redis would. */
import { command, wrongArity } from '../command.ts';
import type { Command } from '../command.ts';
import { parseInteger } from '../integer.ts';
import { quotable } from '../refusals.ts';
import { ErrorReply, Status } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';

export const OBJECT_COMMANDS: readonly Command[] = [command(44, 'OBJECT', -2, 'readonly', '2 2 1', object)];

/** The longest string that Redis allocates together with its object. */
const EMBEDDED_BYTES_MAX = 44;

const NO_FREQUENCY = new ErrorReply(
  'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when ' +
    'switching between policies at runtime LRU and LFU data will take some time to adjust.',
);

const HELP = [
  'OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'ENCODING <key>',
  '    Return the kind of internal representation used in order to store the value',
  '    associated with a <key>.',
  'FREQ <key>',
  '    Return the access frequency index of the <key>. The returned integer is',
  '    proportional to the logarithm of the recent access frequency of the key.',
  'IDLETIME <key>',
  '    Return the idle time of the <key>, that is the approximated number of',
  '    seconds elapsed since the last access to the key.',
  'REFCOUNT <key>',
  '    Return the number of references of the value associated with the specified',
  '    <key>.',
  'HELP',
  '    Prints this help.',
].map((line) => new Status(line));

function object(store: Store, args: readonly string[]): Reply {
  const subcommand = (args[0] as string).toLowerCase();
  switch (subcommand) {
    case 'help':
      return args.length === 1 ? HELP : wrongArity('object|help');
    case 'encoding':
      return aboutValue(store, args, subcommand, encoding);
    case 'refcount':
      return aboutValue(store, args, subcommand, () => 1);
    case 'idletime':
      return aboutValue(store, args, subcommand, () => 0);
    case 'freq':
      return aboutValue(store, args, subcommand, () => NO_FREQUENCY);
    default:
      return new ErrorReply(`ERR unknown subcommand '${quotable(args[0] as string)}'. Try OBJECT HELP.`);
  }
}

function aboutValue(
  store: Store,
  args: readonly string[],
  subcommand: string,
  tell: (value: string) => Reply,
): Reply {
  if (args.length !== 2) return wrongArity(`object|${subcommand}`);
  const record = store.find(args[1] as string);
  return record === undefined ? null : tell(record.value);
}

function encoding(value: string): Reply {
  if (parseInteger(value) !== undefined) return 'int';
  return value.length <= EMBEDDED_BYTES_MAX ? 'embstr' : 'raw';
}
