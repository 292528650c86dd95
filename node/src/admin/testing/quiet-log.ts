/** A log whose level can be changed, and that writes nothing. */
import type { Level } from '../../journal/level.ts';
import type { AdjustableLog } from '../log-level-route.ts';

export class QuietLog implements AdjustableLog {
  level: Level = 'info';
  changedBy: string | undefined;

  setLevel(level: Level, who: string): void {
    this.level = level;
    this.changedBy = who;
  }
}
