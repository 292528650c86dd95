/** Errors that several commands give, in Redis 7.0's words. */
import { ErrorReply } from './reply.ts';

export const SYNTAX_ERROR = new ErrorReply('ERR syntax error');
export const NOT_AN_INTEGER = new ErrorReply('ERR value is not an integer or out of range');
export const NOT_A_FLOAT = new ErrorReply('ERR value is not a valid float');
export const OUT_OF_RANGE_SUM = new ErrorReply('ERR increment or decrement would overflow');
export const NO_SUCH_KEY = new ErrorReply('ERR no such key');
export const STRING_TOO_LONG = new ErrorReply('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
/** In Redis's words. Nothing was done; what makes the data smaller goes on. */
export const OUT_OF_MEMORY = new ErrorReply("OOM command not allowed when used memory > 'maxmemory'.");
/** The disk of the leader is full: what makes the data larger waits until there is room. */
export const DISK_FULL = new ErrorReply(
  'MISCONF the disk is full: nothing was done, only reads and commands that free memory are allowed',
);

/** `name` in lower case. */
export function invalidExpireTime(name: string): ErrorReply {
  return new ErrorReply(`ERR invalid expire time in '${name}' command`);
}

/** A client's text inside an error: an error is one line on the wire. */
export function quotable(text: string): string {
  return text.slice(0, 128).replaceAll(/[\r\n]/g, ' ');
}
