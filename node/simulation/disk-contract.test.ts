/** The simulated disk without faults keeps the contract of every disk. Real time only pumps virtual time. */
import type { TestContext } from 'node:test';
import type { Files } from '../src/storage/files.ts';
import { testFiles } from '../src/storage/files.contract.ts';
import { Disk, drawDiskOptions } from './disk.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';

function makeFiles(context: TestContext): Files {
  const time = new Time();
  const random = new Random(context.name);
  const pump = (): void => {
    while (time.step()) {
      // Whatever the test waits for comes out of one of these events.
    }
    next = setImmediate(pump);
  };
  let next = setImmediate(pump);
  context.after(() => clearImmediate(next));
  return new Disk(time, random, drawDiskOptions(random)).mount(new Process(time));
}

testFiles('the simulated disk', makeFiles);
