/** What both ends of a peer link ask of `ws`. */
import type { WebSocket } from 'ws';

import { encodeRefusal } from './hello.ts';
import type { Refusal } from './hello.ts';

/**
 * The largest frame: a batch of commands or a chunk of a snapshot, with a wide margin. A frame is held
 * in memory whole at both ends, so this also bounds what one connection can make us hold.
 */
export const FRAME_BYTES_MAX = 32 * 1024 * 1024;

/** The path of the upgrade request: an HTTP client that came to the wrong port does not ask for it. */
export const PEER_PATH = '/peer';

/** Time for a refusal to reach the other side before its socket is destroyed. */
const FAREWELL_MS = 1_000;

export const WEB_SOCKET_OPTIONS = {
  // Commands are small and often random bytes: deflate would cost more CPU than all the rest.
  perMessageDeflate: false,
  maxPayload: FRAME_BYTES_MAX,
  // The one text frame of a connection is JSON that is validated field by field.
  skipUTF8Validation: true,
  // We never fragment a message. `ws` takes 0 for "no limit", so 1.
  maxFragments: 1,
} as const;

/**
 * RFC 6455 makes clients mask their frames so that a script in a browser can't choose the bytes that a
 * proxy sees. There is no script here, and both ends are ours. With the mask 0 `ws` neither copies nor
 * touches the payload: at 40 KiB frames masking costs more than everything else together.
 */
export function zeroMask(mask: Buffer): void {
  mask.fill(0);
}

/** Tells the other side why it is turned away, then closes. Errors on the way no longer matter. */
export function refuse(webSocket: WebSocket, refusal: Refusal): void {
  const timer = setTimeout(() => {
    webSocket.terminate();
  }, FAREWELL_MS);
  webSocket.once('close', () => {
    clearTimeout(timer);
  });
  webSocket.on('error', ignore);
  webSocket.send(encodeRefusal(refusal));
  // 1008 is RFC 6455's "policy violation"; its own reason is limited to 123 bytes, hence the frame.
  webSocket.close(1008);
}

/** Ends a connection, open or not, of which nobody wants to hear any more. */
export function discard(webSocket: WebSocket): void {
  webSocket.on('error', ignore);
  webSocket.terminate();
}

/** For a connection that has been given up: `ws` throws an error that has no listener. */
function ignore(): void {}
