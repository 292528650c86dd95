/** Waits for the first frame of a connection, whichever end this is. */
import type { RawData, WebSocket } from 'ws';

import { InvalidInput, NodeError } from '../errors.ts';
import { HELLO_BYTES_MAX, parseFirstFrame } from './hello.ts';
import type { FirstFrame } from './hello.ts';

export type FirstFrameOutcome =
  | FirstFrame
  /** What came is not a first frame: the reason is for the other side too. */
  | { readonly kind: 'garbled'; readonly reason: string }
  /** The connection failed first. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Calls `done` once, in the turn of the frame, having taken all its listeners away: further frames, even of
 * the same turn, go to whoever listens next. Errors after it need a listener, or they end the process.
 */
export function receiveFirstFrame(webSocket: WebSocket, done: (outcome: FirstFrameOutcome) => void): void {
  const settle = (outcome: FirstFrameOutcome) => {
    webSocket.off('message', onMessage);
    webSocket.off('error', onError);
    webSocket.off('close', onClose);
    done(outcome);
  };
  const onMessage = (data: RawData, isBinary: boolean) => {
    settle(read(data as Buffer, isBinary));
  };
  const onError = (error: Error) => {
    settle({ kind: 'failed', reason: error.message });
  };
  const onClose = () => {
    settle({ kind: 'failed', reason: 'closed before its hello' });
  };
  webSocket.on('message', onMessage);
  webSocket.on('error', onError);
  webSocket.on('close', onClose);
}

function read(bytes: Buffer, isBinary: boolean): FirstFrameOutcome {
  try {
    if (isBinary) throw new InvalidInput('hello', 'a binary frame', 'must be a text frame');
    if (bytes.length > HELLO_BYTES_MAX) {
      throw new InvalidInput('hello length', bytes.length, `must be at most ${HELLO_BYTES_MAX} bytes`);
    }
    return parseFirstFrame(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof NodeError) return { kind: 'garbled', reason: error.message };
    throw error;
  }
}
