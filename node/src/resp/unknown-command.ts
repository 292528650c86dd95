/** What is said to a command that we do not know. */
import { quotable } from '../kv/refusals.ts';
import { ErrorReply } from '../kv/reply.ts';

/** How much of a bad command Redis quotes. */
const QUOTED_BYTES = 128;

/** Redis 7.0's text, down to the blank at its end. */
export function unknownCommand(name: string, args: readonly string[]): ErrorReply {
  let quoted = '';
  for (const arg of args) {
    if (quoted.length >= QUOTED_BYTES) break;
    quoted += `'${arg.slice(0, QUOTED_BYTES - quoted.length)}' `;
  }
  return new ErrorReply(`ERR unknown command '${quotable(name)}', with args beginning with: ${quoted}`);
}

/**
 * Whether a line is the beginning of an HTTP request. A web page can make a browser send one here, with a
 * body of its own choice: that must not be taken for commands.
 */
export function isHttp(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'post' || lower === 'host:';
}
