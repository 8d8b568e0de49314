import type { HostPublisher } from '../host_publisher.js';
import type { HostState } from '../host_types.js';
import type { HostProblem } from '../problems.js';
import { packError } from './crossing.js';
import type { Rpc } from './rpc.js';

/** A list as it is sent: an element of the list before by its place there, or a new element. */
export type ListChange = readonly (number | { readonly item: unknown })[];

/** The members of the snapshot that changed; lists as changes of what was sent before. */
export type SnapshotChange = Readonly<Record<string, unknown>>;

const isList = Array.isArray as (value: unknown) => value is readonly unknown[];

/** Sends each change of the gate's snapshot to the page. What did not change keeps its identity there. */
export class SnapshotFeed {
  readonly #copies: boolean;
  #sent: HostState;

  constructor(rpc: Rpc, publisher: HostPublisher) {
    this.#copies = rpc.copies;
    this.#sent = publisher.getSnapshot();
    publisher.subscribe(() => rpc.emit('snapshot', this.#changeTo(publisher.getSnapshot())));
  }

  /** The problem in a form that can be copied. */
  packProblem(problem: HostProblem): HostProblem {
    return this.#copies && problem.cause !== undefined ? { ...problem, cause: packError(problem.cause) } : problem;
  }

  #pack(key: string, item: unknown): unknown {
    if (!this.#copies) return item;
    if (key === 'problems') return this.packProblem(item as HostProblem);
    if (key !== 'plugins') return item;
    const record = item as HostState['plugins'][number];
    return record.problem === undefined ? record : { ...record, problem: this.packProblem(record.problem) };
  }

  #changeTo(next: HostState): SnapshotChange {
    const before = this.#sent as unknown as Record<string, unknown>;
    const change: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(next)) {
      const old = before[key];
      if (old === value) continue;
      if (!isList(value) || !isList(old)) change[key] = value;
      else {
        const places = new Map(old.map((item, place) => [item, place]));
        change[key] = value.map((item) => places.get(item) ?? { item: this.#pack(key, item) });
      }
    }
    this.#sent = next;
    return change;
  }
}

/** The list that a change describes. */
export function applyListChange<T>(before: readonly T[], change: ListChange, unpack: (item: unknown) => T): T[] {
  return change.map((entry) => (typeof entry === 'number' ? (before[entry] as T) : unpack(entry.item)));
}
