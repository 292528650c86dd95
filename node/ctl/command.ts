/** What a command of paxosctl is: the one description that help, parsing and completion are made from. */
import type { CommandLine, OptionSpec } from '../src/command-line.ts';
import type { Connections } from './connections.ts';
import type { ExitCode } from './exit-code.ts';
import type { Output } from './output.ts';

export interface OperandSpec {
  /** As it stands in the help: `KEY`. */
  readonly name: string;
  readonly optional?: true;
  /** Names of files stand here: shells complete them. */
  readonly isFile?: true;
}

export interface Command {
  /** One word, or two: `member add`. */
  readonly name: string;
  readonly operands: readonly OperandSpec[];
  /** One line, without a full stop. */
  readonly summary: string;
  /** What else there is to know: whole sentences. */
  readonly notes?: string;
  /** Besides those of every command. */
  readonly options: readonly OptionSpec[];
  /** Throws `CommandFailure` and `InvalidInput`. */
  run(invocation: Invocation): Promise<ExitCode>;
}

export interface Invocation {
  readonly line: CommandLine;
  /** As many as the command has, or one less when the last is optional. */
  readonly operands: readonly string[];
  readonly output: Output;
  readonly connections: Connections;
  /** All there are: for the command that tells shells of them. */
  readonly commands: readonly Command[];
  /** Aborts when the user has had enough: Ctrl-C. */
  readonly signal: AbortSignal;
}
