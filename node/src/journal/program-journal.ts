/**
 * The journal of a whole process. Errors go to standard error and everything else to standard output; in a pod both are
 * the same. What Node.js would print by itself, a warning or the stack of a bug, becomes a line too.
 */
import { Journal } from './journal.ts';
import type { LogChoice } from './log-choice.ts';

/** Of a process that has met a bug: what Node.js itself ends with. */
const EXIT_BUG = 1;

/** Call it once. SIGUSR2 switches to `debug`, and from there back to the level of the choice. */
export function programJournal({ format, level }: LogChoice): Journal {
  const journal = new Journal({
    format,
    level,
    // Not the streams themselves, which end a process whose reader has gone.
    write: (line, of) => (of === 'error' ? console.error(line) : console.log(line)),
    clockMs: Date.now,
    later: (action, delayMs) => void setTimeout(action, delayMs).unref(),
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) => journal.tell('warn', 'runtime-warning', stackText(warning)));
  // Not to go on, only to say it in a line: a bug crashes.
  process.on('uncaughtException', (error) => {
    journal.tell('error', 'crashed', `an unexpected error ends this process: ${stackText(error)}`);
    process.exit(EXIT_BUG);
  });
  process.on('SIGUSR2', () => journal.setLevel(journal.level === 'debug' ? level : 'debug', 'SIGUSR2'));
  process.on('exit', () => journal.close());
  return journal;
}

/** The stack on one line. */
export function stackText(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
