import { useCallback, useState } from 'react';
import type { Host } from '../host_types.js';
import type { PluginDraft } from '../plugin/types.js';
import type { BridgedPlugin } from '../query_bridge.js';
import { isRecord, parseJson, textOf } from '../wire.js';

/** Drafts of a person that are kept; the one that was written to first goes first. */
const MAX_DRAFTS = 200;
const KEY = 'portcullis.drafts';

/** What one person typed in this tab. Another one's is forgotten as soon as that person is there. */
class Drafts {
  readonly #owner: string;
  readonly #texts: Map<string, string>;

  constructor(owner: string) {
    this.#owner = owner;
    const kept = parseJson(this.#read());
    const mine = isRecord(kept) && kept.owner === owner && isRecord(kept.texts) ? kept.texts : {};
    this.#texts = new Map(Object.entries(mine).map(([name, text]) => [name, textOf(text)]));
    this.#save();
  }

  get owner(): string {
    return this.#owner;
  }

  get(name: string): string | undefined {
    return this.#texts.get(name);
  }

  set(name: string, text: string | null): void {
    this.#texts.delete(name);
    if (text !== null) this.#texts.set(name, text);
    if (this.#texts.size > MAX_DRAFTS) this.#texts.delete(this.#texts.keys().next().value as string);
    this.#save();
  }

  #read(): string {
    try {
      return globalThis.sessionStorage.getItem(KEY) ?? '';
    } catch {
      return '';
    }
  }

  // Where there is no storage, or no room in it, a draft lives as long as the document.
  #save(): void {
    try {
      if (this.#texts.size === 0) globalThis.sessionStorage.removeItem(KEY);
      else
        globalThis.sessionStorage.setItem(
          KEY,
          JSON.stringify({ owner: this.#owner, texts: Object.fromEntries(this.#texts) }),
        );
    } catch {}
  }
}

/** What a component shows, and whose it is. */
interface Shown {
  readonly drafts: Drafts | null;
  readonly name: string;
  readonly text: string;
}

/**
 * Makes `sdk.useDraft`: what was typed outlives the component and the document, so that it is there again when the same
 * person signs in again after the session ended. It follows the host's session: what another person typed is forgotten
 * as soon as somebody else is signed in, whether anything of that person's page has a draft or not.
 */
export function createUseDraft(host: Host): (plugin: BridgedPlugin, key: string, initial: string) => PluginDraft {
  let drafts: Drafts | null = null;
  const follow = (): void => {
    const person = host.getSnapshot().session?.subject.id ?? null;
    if (person !== null && person !== drafts?.owner) drafts = new Drafts(person);
  };
  host.subscribe(follow);
  follow();
  return function useDraft(plugin, key, initial) {
    const mine = drafts;
    const name = `${plugin.pluginId} ${key}`;
    const read = (): Shown => ({ drafts: mine, name, text: mine?.get(name) ?? initial });
    const [kept, show] = useState(read);
    let shown = kept;
    if (shown.drafts !== mine || shown.name !== name) {
      // Another draft, or another person: React renders once more with it, before anything is shown.
      shown = read();
      show(shown);
    }
    const write = useCallback(
      (text: string) => {
        // What is still typed into a component of the person before is nobody's.
        if (mine !== drafts) return;
        show({ drafts: mine, name, text });
        mine?.set(name, text === initial ? null : text);
      },
      [name, mine, initial],
    );
    return [shown.text, write];
  };
}
