/** Of one healthy cluster. */
import { assertAtRest } from './testing/rest.ts';
import { story } from './testing/story.ts';

story('an operator at rest writes nothing but its lease', async (world) => {
  await world.found(3);
  await assertAtRest(world);
});
