/** Waits for the text frames that open a connection, whichever end this is. */
import type { RawData, WebSocket } from 'ws';

import { InvalidInput, NodeError } from '../errors.ts';
import { HELLO_BYTES_MAX, parseFirstFrame, parseJson, refusalIn } from './hello.ts';
import type { FirstFrame, Hello } from './hello.ts';
import { parseProofs } from './proof.ts';

type NoFrame =
  /** What came is not such a frame: the reason is for the other side too. */
  | { readonly kind: 'garbled'; readonly reason: string }
  /** The connection failed first. */
  | { readonly kind: 'failed'; readonly reason: string };

type Refused = Extract<FirstFrame, { readonly kind: 'refused' }>;

export type FirstFrameOutcome =
  /** With its text, which proofs speak of. */
  { readonly kind: 'hello'; readonly hello: Hello; readonly text: string } | Refused | NoFrame;

export type ProofsOutcome =
  | { readonly kind: 'proofs'; readonly proofs: readonly Buffer[] }
  | Refused
  | NoFrame;

/**
 * Calls `done` once, in the turn of the frame, having taken all its listeners away: further frames, even of
 * the same turn, go to whoever listens next. Errors after it need a listener, or they end the process.
 */
export function receiveFirstFrame(webSocket: WebSocket, done: (outcome: FirstFrameOutcome) => void): void {
  receiveText(webSocket, 'hello', firstFrame, done);
}

/** The same for the frame behind a hello that promises proofs. */
export function receiveProofs(webSocket: WebSocket, done: (outcome: ProofsOutcome) => void): void {
  receiveText(webSocket, 'proofs', proofsFrame, done);
}

function receiveText<Frame>(
  webSocket: WebSocket,
  what: string,
  parse: (text: string) => Frame,
  done: (outcome: Frame | NoFrame) => void,
): void {
  const settle = (outcome: Frame | NoFrame) => {
    webSocket.off('message', onMessage);
    webSocket.off('error', onError);
    webSocket.off('close', onClose);
    done(outcome);
  };
  const onMessage = (data: RawData, isBinary: boolean) => {
    settle(read(what, parse, data as Buffer, isBinary));
  };
  const onError = (error: Error) => {
    settle({ kind: 'failed', reason: textOf(error) });
  };
  const onClose = () => {
    settle({ kind: 'failed', reason: `closed before its ${what}` });
  };
  webSocket.on('message', onMessage);
  webSocket.on('error', onError);
  webSocket.on('close', onClose);
}

function read<Frame>(
  what: string,
  parse: (text: string) => Frame,
  bytes: Buffer,
  isBinary: boolean,
): Frame | NoFrame {
  try {
    if (isBinary) throw new InvalidInput(what, 'a binary frame', 'must be a text frame');
    if (bytes.length > HELLO_BYTES_MAX) {
      throw new InvalidInput(`${what} length`, bytes.length, `must be at most ${HELLO_BYTES_MAX} bytes`);
    }
    return parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof NodeError) return { kind: 'garbled', reason: error.message };
    throw error;
  }
}

function firstFrame(text: string): Exclude<FirstFrameOutcome, NoFrame> {
  const frame = parseFirstFrame(text);
  return frame.kind === 'hello' ? { ...frame, text } : frame;
}

function proofsFrame(text: string): Exclude<ProofsOutcome, NoFrame> {
  const value = parseJson(text);
  const refusal = refusalIn(value);
  if (refusal !== undefined) return { kind: 'refused', reason: refusal.reason };
  return { kind: 'proofs', proofs: parseProofs(value) };
}

/** OpenSSL's messages are about its own source files; the reason in them is what tells something. */
function textOf(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' ? `TLS: ${error.reason}` : error.message;
}
