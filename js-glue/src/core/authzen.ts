import type { Code } from '../generated/spec.js';
import { primitives } from '../primitives.js';
import { indexIn, listOf, newBytes, restOf, utf8 } from './captured.js';
import { type CoreInternals, codeOf } from './internals.js';
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

/** Where a plugin's contributions stand among all answers. */
type Place = readonly [first: number, routes: number, widgets: number];

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
    const handles = newBytes(plugins.length * 4);
    for (let index = 0; index < plugins.length; index += 1) {
      const { handle } = plugins[index] as PolicyHandle;
      for (let byte = 0; byte < 4; byte += 1) handles[4 * index + byte] = handle >>> (8 * byte);
    }
    const text = this.#core.text.authzenRequests(handles, utf8(subject.type), utf8(subject.id));
    let at = 0;
    const line = (): string => {
      const end = indexIn(text, '\n', at);
      const content = restOf(text, at, end < 0 ? text.length : end);
      at = end + 1;
      return content;
    };
    const { places, counts } = parse(line()) as { places: Place[]; counts: number[] };
    const batches = listOf(counts.length, (index) => ({ json: line(), count: counts[index] as number }));
    return {
      batches,
      permits(decisions) {
        const some = (first: number, count: number) => listOf(count, (index) => decisions[first + index] === true);
        return listOf(places.length, (index) => {
          const place = places[index] as Place;
          return { routes: some(place[0], place[1]), widgets: some(place[0] + place[1], place[2]) };
        });
      },
    };
  }

  /** The same as one batch, however large: for a PDP that is not asked through the server. */
  requests(plugins: readonly PolicyHandle[], subject: { readonly type: string; readonly id: string }): AuthzenBatch {
    const { batches } = this.question(plugins, subject);
    const head = '{"evaluations":[';
    let json = head;
    let count = 0;
    for (let index = 0; index < batches.length; index += 1) {
      const batch = batches[index] as AuthzenBatch;
      json += (index === 0 ? '' : ',') + restOf(batch.json, head.length, -2);
      count += batch.count;
    }
    return { json: `${json}]}`, count };
  }

  /** One answer per request; all false when the reply as a whole is not understood. */
  apply(count: number, status: number, body: string): AuthzenReply {
    const answer = parse(this.#core.text.authzenApply(count, status, utf8(body))) as [code: number, boolean[]];
    return { code: codeOf(this.#core, answer[0]), decisions: answer[1] };
  }
}
