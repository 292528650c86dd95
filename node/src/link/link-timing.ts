/** How long a link waits for what. One record, so that tests can make everything quick. */
export interface LinkTiming {
  /** Between two pings on one connection. */
  readonly pingIntervalMs: number;
  /** A connection on which nothing at all arrives for so long is cut. */
  readonly silenceMsMax: number;
  /** From the start of a connection attempt, name resolution included, to the other side's hello and proofs. */
  readonly handshakeMsMax: number;
  /** The first back-off is below this; each failure doubles it. */
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  /** How long the replica with the higher id leaves the dialling to the one with the lower id. */
  readonly yieldMs: number;
  /** How long a member that was removed keeps its link, to hear of it. */
  readonly farewellMs: number;
}

export const LINK_TIMING: LinkTiming = {
  // Six pings fit into the longest silence, so a few late turns of an event loop cut nothing.
  pingIntervalMs: 500,
  // Consensus notices a dead leader by its missing heartbeats, much sooner; this only frees the socket,
  // and must outlast a stall that consensus survives (a long garbage collection, a slow disk).
  silenceMsMax: 3_000,
  // Name, TCP, TLS, upgrade, hello and proofs are six or seven round trips: 0.3 s each, between continents too.
  handshakeMsMax: 2_000,
  // A peer that was restarted on the same machine is back within some 100 ms.
  backoffMsMin: 50,
  // A peer that is away for long is asked every second on average: nothing for it, quick for people.
  backoffMsMax: 2_000,
  // Longer than a handshake on one network, short beside an election.
  yieldMs: 150,
  // Many heartbeats; one that was away hears of it when it comes back, by a refusal.
  farewellMs: 2_000,
};
