/** What all connections that watch share. */
import type { Hub } from '../watch/hub.ts';
import type { WatchConnections } from './watch-connections.ts';
import type { WatchPace } from './watch-pace.ts';
import type { WatchTexts } from './watch-texts.ts';

export interface WatchMeans {
  readonly hub: Hub;
  readonly connections: WatchConnections;
  readonly texts: WatchTexts;
  readonly pace: WatchPace;
}
