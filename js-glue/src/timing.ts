/**
 * User Timing marks, for whoever looks at the page's performance: `portcullis:create` when a host is
 * created, `portcullis:mounted` when a contribution has rendered (`detail`: its plugin and key). They
 * decide nothing, and a page without User Timing goes without.
 */
const { performance } = globalThis;
const mark: Performance['mark'] | null = performance?.mark?.bind(performance) ?? null;

export function markCreated(): void {
  mark?.('portcullis:create');
}

export function markMounted(pluginId: string, key: string): void {
  mark?.('portcullis:mounted', { detail: { pluginId, key } });
}
