/** How paxosctl ends: what a script can tell without reading a word. */
export const EXIT = {
  /** Done, and everything that was looked at is right. */
  ok: 0,
  /** The answer is no: no such key, a difference, damage, no leader. */
  no: 1,
  /** Arguments that make no sense; nothing was tried. */
  usage: 2,
  /** Nobody answered who was needed. */
  unreachable: 3,
  /** A replica, or paxosctl itself, refused: surely nothing was done. */
  refused: 4,
  /** It may have been done, or could not be told. */
  unknown: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
