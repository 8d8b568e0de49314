import { isRecord, parseJson, textOf, textsOf } from './wire.js';

/** An event that the server sends to its hosts. */
export type HostEvent =
  /** The stream (re)opened: the plugins that are quarantined now. Events before it may have been missed. */
  | { readonly type: 'hello'; readonly quarantined: readonly string[] }
  | { readonly type: 'evict'; readonly pluginId: string; readonly version: string | null; readonly reason: string }
  | { readonly type: 'restore'; readonly pluginId: string }
  | { readonly type: 'manifests' }
  | { readonly type: 'theme'; readonly theme: unknown }
  /** The session ended, or another tab signed in or out: ask the server who is signed in. */
  | { readonly type: 'session' }
  /** Not from the wire: the tab that reads the stream for all tabs sent a message that this tab did not receive. */
  | { readonly type: 'missed' };

/** Parses a wire event; null if this version does not know it. */
export function readHostEvent(type: string, data: string): HostEvent | null {
  const body = parseJson(data);
  const fields = isRecord(body) ? body : {};
  const pluginId = textOf(fields.plugin_id);
  switch (type) {
    case 'hello':
      return { type, quarantined: textsOf(fields.quarantined) };
    case 'evict': {
      const version = textOf(fields.version) || null;
      return pluginId === '' ? null : { type, pluginId, version, reason: textOf(fields.reason) };
    }
    case 'restore':
      return pluginId === '' ? null : { type, pluginId };
    case 'manifests':
    case 'session':
      return { type };
    case 'theme':
      return { type, theme: fields.theme ?? body };
    default:
      return null;
  }
}
