/** How a program logs, as its options and its environment say: the same for a replica and for the operator. */
import { isLevel, type Level, LEVELS } from './level.ts';
import { LOG_FORMATS, type LogFormat } from './line.ts';

export interface LogChoice {
  readonly format: LogFormat;
  readonly level: Level;
}

/** What the choice depends on besides options: `process` has it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { readonly isTTY?: boolean };
}

/** Without the dashes, with the value and what the help says: every program lists options in a way of its own. */
export const LOG_OPTIONS = {
  format: {
    name: 'log-format',
    value: 'FORMAT',
    help: 'text or json (default: $PAXOSKV_LOG_FORMAT, else text on a terminal and json elsewhere)',
  },
  level: {
    name: 'log-level',
    value: 'LEVEL',
    help: 'error, warn, info, debug or trace (default: $PAXOSKV_LOG_LEVEL, else info)',
  },
} as const;

/** Pods have these from their environment, without a change of what they run. */
const FORMAT_VARIABLE = 'PAXOSKV_LOG_FORMAT';
const LEVEL_VARIABLE = 'PAXOSKV_LOG_LEVEL';

/** `given`: texts of the options, undefined for those that weren't given. `refuse` throws the program's own error. */
export function logChoice(
  given: { readonly format: string | undefined; readonly level: string | undefined },
  { env, stdout }: Surroundings,
  refuse: (field: string, value: string, rule: string) => never,
): LogChoice {
  const format = given.format ?? env[FORMAT_VARIABLE] ?? (stdout.isTTY === true ? 'text' : 'json');
  const level = given.level ?? env[LEVEL_VARIABLE] ?? 'info';
  if (!isFormat(format)) {
    const field = given.format === undefined ? `$${FORMAT_VARIABLE}` : '--log-format';
    return refuse(field, format, `must be ${LOG_FORMATS.join(' or ')}`);
  }
  if (!isLevel(level)) {
    const field = given.level === undefined ? `$${LEVEL_VARIABLE}` : '--log-level';
    return refuse(field, level, `must be one of ${LEVELS.join(', ')}`);
  }
  return Object.freeze({ format, level });
}

function isFormat(text: string): text is LogFormat {
  return LOG_FORMATS.some((format) => format === text);
}
