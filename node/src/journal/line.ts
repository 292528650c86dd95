/**
 * One event as one line: a JSON record for programs, or a sentence for whoever sits at a terminal. Texts may quote what a
 * stranger sent: nobody gets to forge a second line, to steer a terminal or to fill a disk by them.
 */
import type { Level } from './level.ts';

export const LOG_FORMATS = ['text', 'json'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a line tells besides its sentence. A field that is undefined is left out. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Line {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly level: Level;
  /** The event's name: words joined by hyphens, the same for ever. */
  readonly event: string;
  /** The event as a sentence without its end. */
  readonly message: string;
  readonly fields: Fields;
}

/** The longest message of ours, the trace of a bug, has a quarter of it: what is longer quotes somebody. */
const MESSAGE_CHARACTERS_MAX = 8_192;

/** Ends without a line break. */
export function lineText({ timeMs, level, event, message, fields }: Line, format: LogFormat): string {
  const time = new Date(timeMs).toISOString();
  const sentence = bounded(message);
  // Sentences hold what fields do; who writes is known at a terminal.
  if (format === 'text') return `${time} ${level.padEnd(5)} ${sentence.replaceAll(UNSEEN, escapeByte)}`;
  const record = { time, level, event, message: sentence, ...fields };
  // JSON itself lets those pass that come behind the first 32.
  return JSON.stringify(record).replaceAll(UNSEEN, escapeUnit);
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

function bounded(message: string): string {
  return message.length <= MESSAGE_CHARACTERS_MAX ? message : `${message.slice(0, MESSAGE_CHARACTERS_MAX)}…`;
}

function escapeByte(character: string): string {
  const code = character.charCodeAt(0);
  return code > 255 ? escapeUnit(character) : `\\x${code.toString(16).padStart(2, '0')}`;
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
