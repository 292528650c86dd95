/** Why a command could not do what it was asked: in words, with what to try next, and the exit code. */
import { NodeError } from '../src/errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

export class CommandFailure extends NodeError {
  readonly code = 'COMMAND_FAILURE';
  readonly exitCode: ExitCode;
  /** What to try next: one sentence without a subject; undefined when the message says it all. */
  readonly hint: string | undefined;
  /** The name of the problem that a replica answered with: the last part of its type. */
  readonly problem: string | undefined;

  constructor(
    exitCode: ExitCode,
    message: string,
    hint?: string,
    options?: ErrorOptions & { readonly problem?: string },
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.hint = hint;
    this.problem = options?.problem;
  }
}

/** An endpoint did not answer, or not in time. */
export function unreachable(endpoint: string, reason: string, hint: string): CommandFailure {
  return new CommandFailure(EXIT.unreachable, `${endpoint} does not answer: ${reason}`, hint);
}

/** Somebody said no; nothing was done. */
export function refused(message: string, hint?: string): CommandFailure {
  return new CommandFailure(EXIT.refused, message, hint);
}
