/** A process with a door at which `GET /crash` is enabled; it prints its port. */
import { doorOn, listening } from './running-door.ts';
import { StoreDoor } from './store-door.ts';

console.log(await listening(doorOn(new StoreDoor(), { crashEnabled: true })));
