import { useEffect, useState } from 'react';
import type { PluginObjectUrl } from '../plugin/types.js';
import type { BridgedPlugin } from '../query_bridge.js';

const NOTHING: PluginObjectUrl = Object.freeze({ url: null, error: null });

/** `sdk.api.useObjectUrl`: fetches with the plugin's identity and returns a URL that an `<img>` can show. */
export function useObjectUrl(plugin: BridgedPlugin, path: string | null): PluginObjectUrl {
  const [shown, show] = useState(NOTHING);
  // Stands for the plugin in the dependencies: code that reads React's fibers could call the plugin itself.
  const { token } = plugin;
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    let url: string | null = null;
    const load = async (): Promise<void> => {
      try {
        const response = await plugin.fetch(path, { signal: abort.signal });
        const blob = await response.blob();
        if (abort.signal.aborted) return;
        url = URL.createObjectURL(blob);
        show({ url, error: null });
      } catch (cause) {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        if (!abort.signal.aborted) show({ url: null, error });
      }
    };
    void load();
    return () => {
      abort.abort();
      if (url !== null) URL.revokeObjectURL(url);
      show(NOTHING);
    };
  }, [token, path]);
  return shown;
}
