import type { Host, HostState, PluginRecord } from 'portcullis';

export type Tone = 'ok' | 'warn' | 'bad' | 'info';

export interface Activity {
  readonly id: number;
  readonly at: Date;
  readonly tone: Tone;
  readonly title: string;
  readonly body?: string;
  /** Worth a toast: something on the page changed without the person doing it. */
  readonly loud: boolean;
}

type Draft = Omit<Activity, 'id' | 'at'>;

const KEPT = 200;

/** The SDK's sentence is `ID is quarantined: REASON`; the title says the first half already. */
function reasonOf(record: PluginRecord): string | undefined {
  return record.problem?.message.replace(`${record.id} is quarantined: `, 'Reason: ');
}

function pluginChange(before: PluginRecord | undefined, after: PluginRecord | undefined): Draft | null {
  const record = after ?? before;
  if (record === undefined) return null;
  const name = `${record.id} ${record.version}`;
  if (after === undefined) {
    return before?.state === 'quarantined'
      ? null
      : { tone: 'warn', title: `${record.id} was taken off`, body: 'It is no longer in the manifests.', loud: true };
  }
  if (before?.state === after.state) {
    return before.version === after.version
      ? null
      : { tone: 'info', title: `${after.id} is now ${after.version}`, body: `It was ${before.version}.`, loud: true };
  }
  switch (after.state) {
    case 'quarantined':
      return {
        tone: 'bad',
        title: `${after.id} was quarantined`,
        body: reasonOf(after) ?? 'Its pages and widgets were taken down.',
        loud: true,
      };
    case 'available':
      if (before?.state === 'quarantined') {
        return { tone: 'ok', title: `${after.id} is back`, body: 'The quarantine was lifted.', loud: true };
      }
      return before === undefined ? { tone: 'info', title: `${name} was discovered`, loud: false } : null;
    case 'loading':
      return null;
    case 'loaded':
      if (before?.state === 'quarantined') {
        return { tone: 'ok', title: `${after.id} is back`, body: 'The quarantine was lifted.', loud: true };
      }
      return { tone: 'ok', title: `${name} was loaded`, loud: false };
    case 'failed':
      return { tone: 'bad', title: `${name} failed`, body: after.problem?.message ?? '', loud: true };
    case 'incompatible':
      return { tone: 'warn', title: `${name} is not compatible`, body: after.problem?.message ?? '', loud: false };
    case 'denied':
      return { tone: 'warn', title: `Nothing of ${after.id} is permitted`, loud: false };
  }
}

function statusChange(before: HostState, after: HostState): Draft | null {
  if (before.status === after.status) return null;
  if (after.status === 'pdp-unavailable') {
    return {
      tone: 'bad',
      title: 'The policy decision point does not answer',
      body: 'Nothing is mounted until it does.',
      loud: false,
    };
  }
  if (before.status === 'pdp-unavailable' && after.status === 'ready') {
    return { tone: 'ok', title: 'The policy decision point answers again', loud: true };
  }
  if (after.status === 'ready') return { tone: 'info', title: 'The host is ready', loud: false };
  return null;
}

/** A session's first theme is no change; the SDK gives the same object until there is one. */
function themeChange({ theme: before }: HostState, { theme: after }: HostState): Draft | null {
  if (before === null || after === null || before === after) return null;
  return { tone: 'info', title: `The theme is now ${after.name}`, loud: true };
}

/** What differs between two snapshots, in words. */
export function changesBetween(before: HostState, after: HostState): readonly Draft[] {
  if (after.session === null) return [];
  const fresh = before.session?.subject.id !== after.session.subject.id;
  const ids = new Set([...before.plugins, ...after.plugins].map((plugin) => plugin.id));
  const drafts = [statusChange(before, after), themeChange(before, after)];
  for (const id of ids) {
    drafts.push(
      pluginChange(
        before.plugins.find((plugin) => plugin.id === id),
        after.plugins.find((plugin) => plugin.id === id),
      ),
    );
  }
  return drafts
    .filter((draft): draft is Draft => draft !== null)
    .map((draft) => (fresh ? { ...draft, loud: false } : draft));
}

let entries: readonly Activity[] = [];
let count = 0;
const listeners = new Set<() => void>();

export const activityStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  getSnapshot: (): readonly Activity[] => entries,
};

/** Keeps the log of what happened on this page. Call once; `onLoud` hears of what deserves a toast. */
export function watchActivity(host: Host, onLoud: (activity: Activity) => void): () => void {
  let before = host.getSnapshot();
  return host.subscribe(() => {
    const after = host.getSnapshot();
    const drafts = changesBetween(before, after);
    before = after;
    if (drafts.length === 0) return;
    const added = drafts.map((draft) => ({ ...draft, id: ++count, at: new Date() }));
    entries = [...added.toReversed(), ...entries].slice(0, KEPT);
    for (const listener of listeners) listener();
    for (const activity of added) if (activity.loud) onLoud(activity);
  });
}
