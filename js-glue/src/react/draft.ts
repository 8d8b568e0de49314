import { useCallback, useState } from 'react';
import type { Host } from '../host_types.js';
import type { PluginDraft } from '../plugin/types.js';
import type { BridgedPlugin } from '../query_bridge.js';
import { isRecord, parseJson, textOf } from '../wire.js';

/** Limit of drafts per person; the least recently written one is dropped first. */
const MAX_DRAFTS = 200;
const KEY = 'portcullis.drafts';

/** The drafts of one person in this tab. Drafts of another person are deleted when it is created. */
class Drafts {
  /** Stands for these drafts in React's state, which every plugin can read. */
  readonly token: object = Object.freeze({});
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

  // Without storage, or when it is full, a draft lasts as long as the document.
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

/** The text that a component shows, and the drafts that it belongs to. */
interface Shown {
  readonly token: object | null;
  readonly name: string;
  readonly text: string;
}

/**
 * Creates `sdk.useDraft`. A draft survives the component and the document, so that it is restored when the same
 * person signs in again after the session ended. It follows the host's session: as soon as another person is signed
 * in, the drafts of the previous person are deleted, whether the new person's page uses drafts or not.
 */
export function createUseDraft(
  host: Pick<Host, 'subscribe' | 'getSnapshot'>,
): (plugin: BridgedPlugin, key: string, initial: string) => PluginDraft {
  let drafts: Drafts | null = null;
  const follow = (): void => {
    const person = host.getSnapshot().session?.subject.id ?? null;
    if (person !== null && person !== drafts?.owner) drafts = new Drafts(person);
  };
  host.subscribe(follow);
  follow();
  return function useDraft(plugin, key, initial) {
    const token = drafts?.token ?? null;
    const name = `${plugin.pluginId} ${key}`;
    const read = (): Shown => ({ token, name, text: drafts?.get(name) ?? initial });
    const [kept, show] = useState(read);
    let shown = kept;
    if (shown.token !== token || shown.name !== name) {
      // Another draft, or another person: React renders again with it before anything is painted.
      shown = read();
      show(shown);
    }
    const write = useCallback(
      (text: string) => {
        // Input into a component of the previous person is discarded.
        if (token !== (drafts?.token ?? null)) return;
        show({ token, name, text });
        drafts?.set(name, text === initial ? null : text);
      },
      [name, token, initial],
    );
    return [shown.text, write];
  };
}
