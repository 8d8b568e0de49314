/**
 * User Timing marks for performance tools: `portcullis:create` when a host is created, `portcullis:mounted` when a
 * contribution has rendered (`detail`: its plugin and key). Nothing depends on them; a page without User Timing works
 * too.
 */
const { performance } = globalThis;
const mark: Performance['mark'] | null = performance?.mark?.bind(performance) ?? null;

export function markCreated(): void {
  mark?.('portcullis:create');
}

export function markMounted(pluginId: string, key: string): void {
  mark?.('portcullis:mounted', { detail: { pluginId, key } });
}
