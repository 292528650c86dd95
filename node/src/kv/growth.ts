/** Whether the data may grow: agreed through the log, so that every replica refuses the same commands. */
export interface GrowthBounds {
  /** `Store.bytes` above this refuses what makes the data larger; 0 is no quota. */
  readonly quotaBytes: number;
  /** The leader has no disk space for a further segment of its log. */
  readonly diskFull: boolean;
}

export const NO_BOUNDS: GrowthBounds = { quotaBytes: 0, diskFull: false };

/** Arguments of the internal command that sets them. */
export function encodeGrowth({ quotaBytes, diskFull }: GrowthBounds): string[] {
  return [String(quotaBytes), diskFull ? '1' : '0'];
}

export function decodeGrowth(args: readonly string[]): GrowthBounds {
  return { quotaBytes: Number(args[0]), diskFull: args[1] === '1' };
}
