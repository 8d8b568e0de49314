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

  /**
   * What asks about every contribution: in the plugins' order, of each the routes before the widgets. More than one batch
   * when there is more than one may hold; their answers follow each other.
   */
  batches(
    plugins: readonly PolicyHandle[],
    subject: { readonly type: string; readonly id: string },
  ): readonly AuthzenBatch[] {
    const handles = new DataView(new ArrayBuffer(plugins.length * 4));
    plugins.forEach((plugin, index) => {
      handles.setInt32(index * 4, plugin.handle, true);
    });
    const lines = this.#core.module.authzenRequests(
      new Uint8Array(handles.buffer),
      utf8(subject.type),
      utf8(subject.id),
    );
    if (lines === '') return [];
    return lines
      .split('\n')
      .map((json) => ({ json, count: (parse(json) as { evaluations: unknown[] }).evaluations.length }));
  }

  /** The same as one batch, however large: for a PDP that is not asked through the server. */
  requests(plugins: readonly PolicyHandle[], subject: { readonly type: string; readonly id: string }): AuthzenBatch {
    const batches = this.batches(plugins, subject);
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
