/** The answers that are ready, in order, as one write: and no more of them encoded than the socket has room for. */
import type { Socket } from 'node:net';
import { ErrorReply } from '../kv/reply.ts';
import type { Reply } from '../kv/reply.ts';
import type { Observer } from '../observe/events.ts';
import { Failure } from '../replica/door.ts';
import type { Answer } from './answer.ts';
import { encodeAnswer, encodeArrayHeader, encodeElement, REPLY_TOO_LARGE } from './encoder.ts';
import { replyBytesMax, unsentBytesMax, wholeAnswerBytesMax } from './limits.ts';
import type { PendingReply, ReplyOrder } from './reply-order.ts';

/**
 * Sends what can be sent, up to `unsentBytesMax`: a socket that takes everything at once must not keep others waiting. Answers
 * that are left behind a slow reader are not copied until the socket drains. True when more could be sent at once.
 */
export function writeReplies(socket: Socket, replies: ReplyOrder, observer: Observer | undefined): boolean {
  const room = unsentBytesMax - socket.writableLength;
  if (room <= 0 || replies.ready() === undefined) return false;
  const text = takeReplies(replies, room, observer);
  if (text !== '') socket.write(text, 'latin1');
  return replies.ready() !== undefined && socket.writableLength < unsentBytesMax;
}

function takeReplies(replies: ReplyOrder, room: number, observer: Observer | undefined): string {
  const nowMs = observer === undefined ? 0 : performance.now();
  let text = '';
  let reply = replies.ready();
  while (reply !== undefined && text.length < room) {
    if (!reply.silent) {
      if (reply.answerBytes <= wholeAnswerBytesMax || !Array.isArray(reply.answer)) {
        text += encodeAnswer(reply.answer, reply.protocol);
      } else {
        text += encodePart(reply, reply.answer as readonly Reply[], room - text.length);
        if (reply.encoded < reply.answer.length) return text;
      }
    }
    if (observer !== undefined && reply.name !== '') {
      const durationMs = nowMs - reply.arrivedMs;
      observer({ kind: 'commandDone', name: reply.name, outcome: outcomeOf(reply.answer), durationMs });
    }
    replies.shift();
    reply = replies.ready();
  }
  return text;
}

/** The next part of a long array, as much as there is room for; `encoded` says how far it has come. */
function encodePart(reply: PendingReply, elements: readonly Reply[], room: number): string {
  let text = '';
  if (reply.encoded < 0) {
    if (reply.answerBytes > replyBytesMax) {
      reply.encoded = elements.length;
      return encodeAnswer(REPLY_TOO_LARGE, reply.protocol);
    }
    text = encodeArrayHeader(elements.length);
    reply.encoded = 0;
  }
  while (reply.encoded < elements.length && text.length < room) {
    text += encodeElement(elements[reply.encoded] as Reply, reply.protocol);
    reply.encoded += 1;
  }
  return text;
}

function outcomeOf(answer: Answer): 'ok' | 'error' | 'notDone' | 'unknown' {
  if (answer instanceof Failure) return answer.kind;
  return answer instanceof ErrorReply ? 'error' : 'ok';
}
