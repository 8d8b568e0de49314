// What hosts have to be told: each act of the operator to each reader of that tenant, in order, once.
import { performance } from 'node:perf_hooks';

/** What one reader is still to be told. Something optional was under way when it came: it is told, or not. */
export class Due {
  #entries = [];
  push(entry) {
    this.#entries.push(entry);
  }
  /** Takes off what was told, and what optional was passed over. null, or what should have been told. */
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
  /** The first that has to come. */
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
  /** A reader from now on. */
  join(reader) {
    reader.due = new Due();
    this.#tell(reader, this.#underWay);
    this.#readers.add(reader);
  }
  leave(reader) {
    this.#readers.delete(reader);
  }
  /** Who was not greeted yet may have come too late for it. */
  #tell(reader, entries) {
    for (const entry of entries) {
      if (entry.tenant === reader.tenant) reader.due.push(reader.joined ? entry : { ...entry, optional: true });
    }
  }
}
