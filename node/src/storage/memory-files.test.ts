import { testFiles } from './files.contract.ts';
import { MemoryFiles } from './memory-files.ts';

testFiles('MemoryFiles', () => new MemoryFiles());
