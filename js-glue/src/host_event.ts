import { isRecord, parseJson, textOf, textsOf } from './wire.js';

/** What the server tells its hosts. */
export type HostEvent =
  /** The stream (re)opened: who is quarantined now; anything may have been missed before it. */
  | { readonly type: 'hello'; readonly quarantined: readonly string[] }
  | { readonly type: 'evict'; readonly pluginId: string; readonly version: string | null; readonly reason: string }
  | { readonly type: 'restore'; readonly pluginId: string }
  | { readonly type: 'manifests' }
  | { readonly type: 'theme'; readonly theme: unknown }
  /** The session ended, or another tab signed in or out: ask who is signed in. */
  | { readonly type: 'session' }
  /** Not of the wire: the tab that reads for all said something that this one did not hear. */
  | { readonly type: 'missed' };

/** Reads an event of the wire; null for one that this version does not know. */
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
