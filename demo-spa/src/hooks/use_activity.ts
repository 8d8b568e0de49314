import { useSyncExternalStore } from 'react';
import { type Activity, activityStore } from '../host/activity.ts';

export function useActivity(): readonly Activity[] {
  return useSyncExternalStore(activityStore.subscribe, activityStore.getSnapshot);
}
