import type { Code } from '../generated/spec.js';
import { primitives } from '../primitives.js';
import { type CoreInternals, splitCode } from './internals.js';
import { utf8 } from './memory.js';
import type { PolicyHandle } from './policy.js';

const { parse } = primitives;

/** One batch: the body to send and how many answers it wants. */
export interface AuthzenBatch {
  readonly json: string;
  readonly count: number;
}

/** For one plugin: which of its routes and widgets are permitted, in the manifest's order. */
export interface Permits {
  readonly routes: readonly boolean[];
  readonly widgets: readonly boolean[];
}

/** What to ask about every contribution of some plugins. */
export interface AuthzenQuestion {
  /** None when nothing is contributed. */
  readonly batches: readonly AuthzenBatch[];
  /** What the answers permit, for each plugin: those of all batches, one behind the other. A missing one denies. */
  permits(decisions: readonly boolean[]): readonly Permits[];
}

/** What a reply permits. `code` is ALLOWED when it was understood, also when it denies. */
export interface AuthzenReply {
  readonly code: Code;
  readonly decisions: readonly boolean[];
}

/** Builds the batches that ask about every contribution, and reads what the policy answers. */
export class Authzen {
  readonly #core: CoreInternals;

  constructor(core: CoreInternals) {
    this.#core = core;
  }

  /** Asks about every contribution of the plugins: in more than one batch when there is more than one may hold. */
  question(plugins: readonly PolicyHandle[], subject: { readonly type: string; readonly id: string }): AuthzenQuestion {
    const handles = new DataView(new ArrayBuffer(plugins.length * 4));
    plugins.forEach((plugin, index) => {
      handles.setInt32(index * 4, plugin.handle, true);
    });
    const [layout, ...lines] = this.#core.module
      .authzenRequests(new Uint8Array(handles.buffer), utf8(subject.type), utf8(subject.id))
      .split('\n');
    const places = parse(layout ?? '[]') as [first: number, routes: number, widgets: number][];
    return {
      batches: lines.map((json) => ({ json, count: (parse(json) as { evaluations: unknown[] }).evaluations.length })),
      permits: (decisions) => {
        const some = (from: number, count: number) =>
          Array.from({ length: count }, (_, index) => decisions[from + index] === true);
        return places.map(([first, routes, widgets]) => ({
          routes: some(first, routes),
          widgets: some(first + routes, widgets),
        }));
      },
    };
  }

  /** The same as one batch, however large: for a PDP that is not asked through the server. */
  requests(plugins: readonly PolicyHandle[], subject: { readonly type: string; readonly id: string }): AuthzenBatch {
    const { batches } = this.question(plugins, subject);
    const head = '{"evaluations":[';
    const entries = batches.map(({ json }) => json.slice(head.length, -2)).join(',');
    return { json: `${head}${entries}]}`, count: batches.reduce((sum, { count }) => sum + count, 0) };
  }

  /** One answer per request; all false when the reply as a whole is not understood. */
  apply(count: number, status: number, body: string): AuthzenReply {
    const [code, bits] = splitCode(this.#core, this.#core.module.authzenApply(count, status, utf8(body)));
    return { code, decisions: Array.from(bits, (bit) => bit === '1') };
  }
}
