import type { Host, HostState, PluginRecord } from 'portcullis';

export type Tone = 'ok' | 'warn' | 'bad' | 'info';

export interface Activity {
  readonly id: number;
  readonly at: Date;
  readonly tone: Tone;
  readonly title: string;
  readonly body?: string;
  /** Show a toast: something on the page changed without an action of the person. */
  readonly notify: boolean;
}

type Draft = Omit<Activity, 'id' | 'at'>;

const KEPT = 200;

/** The SDK's message is `ID is quarantined: REASON`; the title already contains the first part. */
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
      : { tone: 'warn', title: `${record.id} was removed`, body: 'It is no longer in the manifests.', notify: true };
  }
  if (before?.state === after.state) {
    return before.version === after.version
      ? null
      : {
          tone: 'info',
          title: `${after.id} was updated to ${after.version}`,
          body: `The previous version was ${before.version}.`,
          notify: true,
        };
  }
  switch (after.state) {
    case 'quarantined':
      return {
        tone: 'bad',
        title: `${after.id} was quarantined`,
        body: reasonOf(after) ?? 'Its pages and widgets were removed.',
        notify: true,
      };
    case 'available':
      if (before?.state === 'quarantined') {
        return { tone: 'ok', title: `${after.id} is back`, body: 'The quarantine was lifted.', notify: true };
      }
      return before === undefined ? { tone: 'info', title: `${name} was discovered`, notify: false } : null;
    case 'loading':
      return null;
    case 'loaded':
      if (before?.state === 'quarantined') {
        return { tone: 'ok', title: `${after.id} is back`, body: 'The quarantine was lifted.', notify: true };
      }
      return { tone: 'ok', title: `${name} was loaded`, notify: false };
    case 'failed':
      return { tone: 'bad', title: `${name} failed`, body: after.problem?.message ?? '', notify: true };
    case 'incompatible':
      return { tone: 'warn', title: `${name} is not compatible`, body: after.problem?.message ?? '', notify: false };
    case 'denied':
      return { tone: 'warn', title: `The policy permits no contribution of ${after.id}`, notify: false };
  }
}

function statusChange(before: HostState, after: HostState): Draft | null {
  if (before.status === after.status) return null;
  if (after.status === 'pdp-unavailable') {
    return {
      tone: 'bad',
      title: 'The policy decision point does not respond',
      body: 'No plugin is mounted until it does.',
      notify: false,
    };
  }
  if (before.status === 'pdp-unavailable' && after.status === 'ready') {
    return { tone: 'ok', title: 'The policy decision point responds again', notify: true };
  }
  if (after.status === 'ready') return { tone: 'info', title: 'The host is ready', notify: false };
  return null;
}

/** The first theme of a session is not a change; the SDK keeps the same object until the theme changes. */
function themeChange({ theme: before }: HostState, { theme: after }: HostState): Draft | null {
  if (before === null || after === null || before === after) return null;
  return { tone: 'info', title: `The theme changed to ${after.name}`, notify: true };
}

/** Describes the differences between two snapshots. */
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
    .map((draft) => (fresh ? { ...draft, notify: false } : draft));
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

/** Records what happens on this page. Call once; `onNotify` receives the entries that deserve a toast. */
export function watchActivity(host: Host, onNotify: (activity: Activity) => void): () => void {
  let before = host.getSnapshot();
  return host.subscribe(() => {
    const after = host.getSnapshot();
    const drafts = changesBetween(before, after);
    before = after;
    if (drafts.length === 0) return;
    const added = drafts.map((draft) => ({ ...draft, id: ++count, at: new Date() }));
    entries = [...added.toReversed(), ...entries].slice(0, KEPT);
    for (const listener of listeners) listener();
    for (const activity of added) if (activity.notify) onNotify(activity);
  });
}
