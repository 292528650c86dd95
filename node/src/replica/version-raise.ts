/**
 * Raises the version that the cluster has agreed on: the leader does it, one version at a time and through the log, as
 * soon as every member has said in its hello that its program knows the next one. See `paxos/version.ts`.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Event } from '../paxos/message.ts';
import type { Paxos } from '../paxos/paxos.ts';
import { VERSION } from '../paxos/version.ts';
import type { Retirement } from './retirement.ts';

/** Why something is refused that needs the next version. */
export const OLDER_RELEASE =
  'a member is of an older release, which does not know how to do this: upgrade it first';

/** Set when the cluster has agreed on what this program does not know: it can't take part any more. */
export function outdatedBy({ version }: { readonly version: number }): Retirement | undefined {
  if (version <= VERSION) return undefined;
  const reason = `the cluster has agreed on version ${version}, and this program knows versions up to ${VERSION}: run a later release`;
  return { kind: 'outdated', reason };
}

export class VersionRaise {
  readonly #core: Paxos;
  readonly #known = new Map<ReplicaId, number>();

  constructor(self: ReplicaId, core: Paxos) {
    this.#core = core;
    this.#known.set(self, VERSION);
  }

  /** The newest version that the peer's program knows; 0 where nothing was heard of it. */
  readonly supports = (peer: ReplicaId): number => this.#known.get(peer) ?? 0;

  /** A peer's hello says what its program knows. */
  note(peer: ReplicaId, supports: number): void {
    this.#known.set(peer, supports);
  }

  /** To be called in every turn. */
  review(step: (event: Event) => void): void {
    const configuration = this.#core.acceptor.rulings.latest;
    if (configuration === undefined || configuration.version >= VERSION) return;
    if (this.#core.leadership?.mayConfigure !== true) return;
    const version = configuration.version + 1;
    if (!configuration.members.every(({ id }) => this.supports(id) >= version)) return;
    step({ kind: 'configure', configuration: { ...configuration, version } });
  }
}
