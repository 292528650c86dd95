/** The answers that are ready, in order, as one write: and no more of them encoded than the socket has room for. */
import type { Socket } from 'node:net';
import { ErrorReply } from '../kv/reply.ts';
import type { Observer } from '../observe/events.ts';
import { Failure } from '../replica/door.ts';
import type { Answer } from './answer.ts';
import { encodeAnswer } from './encoder.ts';
import { unsentBytesMax } from './limits.ts';
import type { ReplyOrder } from './reply-order.ts';

/** Sends what can be sent. Answers that are left behind a slow reader are not copied until the socket drains. */
export function writeReplies(socket: Socket, replies: ReplyOrder, observer: Observer | undefined): void {
  let room = unsentBytesMax - socket.writableLength;
  while (room > 0 && replies.ready() !== undefined) {
    const text = takeReplies(replies, room, observer);
    if (text !== '') socket.write(text, 'latin1');
    room = unsentBytesMax - socket.writableLength;
  }
}

function takeReplies(replies: ReplyOrder, room: number, observer: Observer | undefined): string {
  const nowMs = observer === undefined ? 0 : performance.now();
  let text = '';
  let reply = replies.ready();
  while (reply !== undefined && text.length < room) {
    if (!reply.silent) text += encodeAnswer(reply.answer, reply.protocol);
    if (observer !== undefined && reply.name !== '') {
      const durationMs = nowMs - reply.arrivedMs;
      observer({ kind: 'commandDone', name: reply.name, outcome: outcomeOf(reply.answer), durationMs });
    }
    replies.shift();
    reply = replies.ready();
  }
  return text;
}

function outcomeOf(answer: Answer): 'ok' | 'error' | 'notDone' | 'unknown' {
  if (answer instanceof Failure) return answer.kind;
  return answer instanceof ErrorReply ? 'error' : 'ok';
}
