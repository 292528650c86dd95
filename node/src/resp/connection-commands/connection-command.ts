/** Commands that a connection answers itself: they are about the connection, the server or the cluster, never about keys. */
import type { Secret } from '../../auth/secret.ts';
import { wrongArity } from '../../kv/command.ts';
import { quotable } from '../../kv/refusals.ts';
import { ErrorReply, Status } from '../../kv/reply.ts';
import type { Answer } from '../answer.ts';
import type { Client } from '../client.ts';
import type { Service } from '../service.ts';

/** The connection that a command came in on, as far as a command may touch it. */
export interface Caller {
  readonly client: Client;
  readonly service: Service;
  /** Closes the connection once everything up to this command's answer has been sent. */
  endAfterReplies(): void;
  /** Forgets the transaction and everything that the client switched on, its password too. */
  reset(): void;
  /** The client has given this password, or needs none. */
  admit(password: Secret | undefined): void;
}

/** `args` are without the command's name, and as many as its arity asks for. */
export type Run = (caller: Caller, args: readonly string[]) => Answer;

export interface ConnectionCommand {
  /** Upper case. */
  readonly name: string;
  /** Redis's convention: the name counts; −n means at least n. */
  readonly arity: number;
  readonly flags: readonly string[];
  /** Lower case. */
  readonly subcommands: readonly string[];
  /** The error of an unknown or wrongly called subcommand: MULTI asks before it queues. */
  readonly refuse: (args: readonly string[]) => ErrorReply | undefined;
  readonly run: Run;
}

export interface Subcommand {
  /** Upper case. */
  readonly name: string;
  /** Redis's convention, command and subcommand counted. */
  readonly arity: number;
  /** Arguments as HELP shows them. */
  readonly usage: string;
  readonly help: string;
  /** `args` start with the subcommand's name. */
  readonly run: Run;
}

export function connectionCommand(name: string, arity: number, flags: string, run: Run): ConnectionCommand {
  return { name, arity, flags: flags.split(' '), subcommands: [], refuse: () => undefined, run };
}

/** A command that is only a container of subcommands; HELP comes by itself. */
export function containerCommand(
  name: string,
  flags: string,
  subcommands: readonly Subcommand[],
): ConnectionCommand {
  const help: Subcommand = {
    name: 'HELP',
    arity: 2,
    usage: '',
    help: 'Print this help.',
    run: () => helpLines(name, all),
  };
  const all = [...subcommands, help];
  const byName = new Map(all.map((subcommand) => [subcommand.name, subcommand]));
  const find = (args: readonly string[]): Subcommand | ErrorReply => {
    const given = args[0] as string;
    const subcommand = byName.get(given.toUpperCase());
    if (subcommand === undefined) return unknownSubcommand(name, given);
    if (fitsArity(subcommand.arity, args.length)) return subcommand;
    return wrongArity(`${name}|${subcommand.name}`.toLowerCase());
  };
  return {
    name,
    arity: -2,
    flags: flags.split(' '),
    subcommands: all.map((subcommand) => subcommand.name.toLowerCase()),
    refuse: (args) => {
      const found = find(args);
      return found instanceof ErrorReply ? found : undefined;
    },
    run: (caller, args) => {
      const found = find(args);
      return found instanceof ErrorReply ? found : found.run(caller, args);
    },
  };
}

/** `argumentCount` is without the command's name. */
export function fitsArity(arity: number, argumentCount: number): boolean {
  const words = argumentCount + 1;
  return arity >= 0 ? words === arity : words >= -arity;
}

export function unknownSubcommand(name: string, given: string): ErrorReply {
  return new ErrorReply(`ERR unknown subcommand '${quotable(given)}'. Try ${name} HELP.`);
}

function helpLines(name: string, subcommands: readonly Subcommand[]): Status[] {
  const lines = [`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const subcommand of subcommands) {
    lines.push(`${subcommand.name} ${subcommand.usage}`.trimEnd(), `    ${subcommand.help}`);
  }
  return lines.map((line) => new Status(line));
}
