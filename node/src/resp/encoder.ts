/**
 * Answers as RESP2 or RESP3 text, one character per byte. Text is joined by concatenation, which V8
 * keeps as a tree and copies once, when the socket takes it.
 */
import { Double, ErrorReply, MapReply, Status } from '../kv/reply.ts';
import type { Reply } from '../kv/reply.ts';
import { Failure } from '../replica/door.ts';
import { NoReply, NullArray } from './answer.ts';
import type { Answer, Protocol } from './answer.ts';
import { replyBytesMax } from './limits.ts';

const LINE_ENDS = /[\r\n]/g;

export const REPLY_TOO_LARGE = new ErrorReply(
  `ERR the reply is over the limit of ${replyBytesMax} bytes, ask for it in parts`,
);

/** What begins an array; its elements follow one by one. */
export function encodeArrayHeader(length: number): string {
  return `*${length}\r\n`;
}

export function encodeElement(element: Reply, protocol: Protocol): string {
  return appendReply('', element, protocol);
}

/** The bytes to send; an error that names the limit when the answer would be over `replyBytesMax`. */
export function encodeAnswer(answer: Answer, protocol: Protocol): string {
  if (typeof answer === 'string') return encodeBulk(answer);
  if (answer instanceof Status) return `+${answer.text}\r\n`;
  if (answer instanceof Failure) return encodeFailure(answer);
  if (answer instanceof NoReply) return '';
  if (answer instanceof NullArray) return protocol === 3 ? '_\r\n' : '*-1\r\n';
  const text = appendReply('', answer, protocol);
  if (text.length <= replyBytesMax) return text;
  return encodeError(REPLY_TOO_LARGE.message);
}

/** A protocol's nil, error or number is told apart by its first byte; a bulk carries its length. */
function appendReply(text: string, reply: Reply, protocol: Protocol): string {
  if (typeof reply === 'string') return text + encodeBulk(reply);
  if (typeof reply === 'number' || typeof reply === 'bigint') return `${text}:${reply}\r\n`;
  if (reply === null) return text + (protocol === 3 ? '_\r\n' : '$-1\r\n');
  if (reply instanceof Status) return `${text}+${reply.text}\r\n`;
  if (reply instanceof ErrorReply) return text + encodeError(reply.message);
  if (reply instanceof Double) return text + encodeDouble(reply.value, protocol);
  if (reply instanceof MapReply) return appendMap(text, reply, protocol);
  let joined = `${text}*${reply.length}\r\n`;
  for (const element of reply) {
    joined = appendReply(joined, element, protocol);
    if (joined.length > replyBytesMax) return joined;
  }
  return joined;
}

function appendMap(text: string, map: MapReply, protocol: Protocol): string {
  const { entries } = map;
  let joined = `${text}${protocol === 3 ? `%${entries.length}` : `*${entries.length * 2}`}\r\n`;
  for (const [field, value] of entries) {
    joined = appendReply(appendReply(joined, field, protocol), value, protocol);
    if (joined.length > replyBytesMax) return joined;
  }
  return joined;
}

function encodeBulk(value: string): string {
  return `$${value.length}\r\n${value}\r\n`;
}

function encodeDouble(value: number, protocol: Protocol): string {
  const text = Number.isFinite(value)
    ? String(value)
    : Number.isNaN(value)
      ? 'nan'
      : value > 0
        ? 'inf'
        : '-inf';
  return protocol === 3 ? `,${text}\r\n` : encodeBulk(text);
}

/** An error is one line, whatever a client has put into the text that it quotes. */
function encodeError(message: string): string {
  return `-${message.replace(LINE_ENDS, ' ')}\r\n`;
}

/**
 * The code word says which kind of failure it is. `CLUSTERDOWN` is Redis's own for "not now", and
 * cluster clients retry it by themselves: that is right only because nothing was done.
 */
function encodeFailure(failure: Failure): string {
  if (failure.kind === 'notDone') {
    return encodeError(`CLUSTERDOWN ${failure.reason} (nothing was done, it is safe to send it again)`);
  }
  return encodeError(`UNKNOWNOUTCOME ${failure.reason} (it may have been done, or may still be)`);
}
