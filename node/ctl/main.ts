/** `paxosctl`: arguments → command → exit code. Nothing is decided here. */
import { InvalidInput, NodeError } from '../src/errors.ts';
import { parseArguments } from './arguments.ts';
import { COMMANDS } from './command-list.ts';
import { Connections } from './connections.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { CommandFailure } from './failure.ts';
import { Output, type Streams } from './output.ts';

const streams: Streams = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  outIsTerminal: process.stdout.isTTY,
  errorIsTerminal: process.stderr.isTTY,
};

// Whoever read our output has read enough: `paxosctl log | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
});

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<ExitCode> {
  // Known before the arguments are, so that even their refusal can be read by a program.
  const json = argv.includes('--output=json') || argv[argv.indexOf('--output') + 1] === 'json';
  try {
    const parsed = parseArguments(argv);
    if (typeof parsed === 'string') {
      streams.out(`${parsed}\n`);
      return EXIT.ok;
    }
    const connections = new Connections(parsed.line, process.env);
    try {
      return await parsed.command.run({
        line: parsed.line,
        operands: parsed.operands,
        output: new Output(parsed.json, streams),
        connections,
        commands: COMMANDS,
        signal: interrupted.signal,
      });
    } finally {
      connections.close();
    }
  } catch (error) {
    return report(error, json);
  }
}

function report(error: unknown, json: boolean): ExitCode {
  const known = error instanceof NodeError || (error instanceof Error && 'syscall' in error);
  if (!known) throw error;
  const exitCode =
    error instanceof CommandFailure ? error.exitCode : error instanceof InvalidInput ? EXIT.usage : EXIT.no;
  const hint =
    error instanceof CommandFailure
      ? error.hint
      : error instanceof InvalidInput
        ? 'paxosctl COMMAND --help'
        : undefined;
  const { message } = error;
  if (json) streams.error(`${JSON.stringify({ error: { message, hint: hint ?? null, exitCode } })}\n`);
  else streams.error(`paxosctl: ${message}\n${hint === undefined ? '' : `  try: ${hint}\n`}`);
  return exitCode;
}
