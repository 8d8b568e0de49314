// The events that hosts must receive: each operator action, for each reader of that tenant, in order, once.
import { performance } from 'node:perf_hooks';

/**
 * The events that one reader still expects. An optional one was in flight when the reader joined: it may arrive or
 * not.
 */
export class Due {
  #entries = [];
  push(entry) {
    this.#entries.push(entry);
  }
  /** Removes a received event and the optional ones before it. Returns null, or the event that was expected instead. */
  told(what) {
    const first = this.#entries.findIndex((entry) => entry.what === what || !entry.optional);
    const entry = this.#entries[first];
    if (entry?.what === what) {
      this.#entries.splice(0, first + 1);
      return null;
    }
    this.#entries = this.#entries.filter((other) => other.what !== what);
    return entry?.what ?? 'nothing';
  }
  /** The first mandatory event. */
  get first() {
    return this.#entries.find(({ optional }) => !optional);
  }
  drop(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }
}

export class Announcements {
  #readers = new Set();
  #underWay = [];
  begin(events) {
    const entries = events.map((event) => ({ ...event, settledAt: Number.POSITIVE_INFINITY }));
    this.#underWay = entries;
    for (const reader of this.#readers) this.#tell(reader, entries);
    return entries;
  }
  settle(entries) {
    this.#underWay = [];
    for (const entry of entries) entry.settledAt = performance.now();
  }
  /** Registers a reader. */
  join(reader) {
    reader.due = new Due();
    this.#tell(reader, this.#underWay);
    this.#readers.add(reader);
  }
  leave(reader) {
    this.#readers.delete(reader);
  }
  /** A reader that was not greeted yet may have joined too late for the event. */
  #tell(reader, entries) {
    for (const entry of entries) {
      if (entry.tenant === reader.tenant) reader.due.push(reader.joined ? entry : { ...entry, optional: true });
    }
  }
}
