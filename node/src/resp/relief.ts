/** A replica that has as much to do as it may hold takes nothing more; a connection asks once to be told when it does again. */
import type { ReplicaDoor } from '../replica/door.ts';

export class Relief {
  readonly #door: ReplicaDoor;
  readonly #relieved: () => void;
  #isAwaited = false;

  constructor(door: ReplicaDoor, relieved: () => void) {
    this.#door = door;
    this.#relieved = relieved;
  }

  /** False while the replica is full: `relieved` is called when it is worth asking again. */
  get isThere(): boolean {
    if (!this.#door.congested) return true;
    if (this.#isAwaited) return false;
    this.#isAwaited = true;
    this.#door.whenRelieved(() => {
      this.#isAwaited = false;
      this.#relieved();
    });
    return false;
  }
}
