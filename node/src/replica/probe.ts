/** Looks at how far the core is, in every turn: after what has arrived was taken, and after what waited was proposed. */
import type { Paxos } from '../paxos/paxos.ts';

/** Gets marks, not slots: between two calls each may have passed over many. It must be quick, and change nothing. */
export type Probe = (core: Pick<Paxos, 'acceptor' | 'chosen'>) => void;
