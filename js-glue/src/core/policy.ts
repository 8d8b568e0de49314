import type { Decision } from '../decision.js';
import type { Code } from '../generated/spec.js';
import { primitives } from '../primitives.js';
import { freeze, indexIn, restOf, utf8 } from './captured.js';
import { type CoreInternals, codeOf, freed, type HotCalls } from './internals.js';

const { parse } = primitives;

/** The verdict of the hot path: no explanation, no captures. */
export interface Verdict {
  readonly allowed: boolean;
  readonly code: Code;
  /** The canonical target; null when denied. */
  readonly target: string | null;
  /** Index into `permissions.api` (or `.sse`) of the rule that allows; -1 when denied. */
  readonly rule: number;
}

const NO_METHOD = 255;

/** The number of portcullis::Method (allow_list.hpp). */
function numberOf(method: string): number {
  switch (method) {
    case 'GET':
      return 0;
    case 'HEAD':
      return 1;
    case 'POST':
      return 2;
    case 'PUT':
      return 3;
    case 'PATCH':
      return 4;
    case 'DELETE':
      return 5;
    default:
      return NO_METHOD;
  }
}

const CHANGED = 1 << 15;
const CODE = CHANGED - 1;

/**
 * One plugin's compiled rules. `check` and `checkTopic` are the hot path; `decide` and `decideTopic`
 * always agree with them and say why. Holds memory of the core until `free()`; using it after that
 * throws a `CoreError`.
 */
export class PolicyHandle {
  readonly #core: CoreInternals;
  readonly #hot: HotCalls;
  #handle: number;

  /** Made by `Core.compile`. */
  constructor(core: CoreInternals, handle: number) {
    this.#core = core;
    this.#hot = core.hot;
    this.#handle = handle;
  }

  /** The number by which the fast calls know this policy. */
  get handle(): number {
    if (this.#handle === 0) throw freed('policy');
    return this.#handle;
  }

  /** Whether the plugin may make the call, and the canonical target that then has to be fetched. */
  check(method: string, target: string): Verdict {
    const length = this.#core.memory.write(target);
    if (length < 0) return this.#slow(this.decide(method, target));
    const answer = this.#hot.check(this.#handle, numberOf(method), length);
    // Most answers: allowed, and canonical as it came.
    if ((answer & (CODE | CHANGED)) === 0) return { allowed: true, code: 'ALLOWED', target, rule: (answer >>> 16) - 1 };
    return this.#unpack(answer, target);
  }

  /** The same for an event stream. */
  checkTopic(target: string): Verdict {
    const length = this.#core.memory.write(target);
    if (length < 0) return this.#slow(this.decideTopic(target));
    return this.#unpack(this.#hot.checkTopic(this.#handle, length), target);
  }

  /** `check` with the rule's pointer, the captures and an explanation. */
  decide(method: string, target: string): Decision {
    return this.#read(this.#core.text.decide(this.#handle, utf8(method), utf8(target)));
  }

  /** `checkTopic` with the prefix's pointer and an explanation. */
  decideTopic(topic: string): Decision {
    return this.#read(this.#core.text.decideTopic(this.#handle, utf8(topic)));
  }

  /** Gives the memory back. Freeing twice is harmless. */
  free(): void {
    if (this.#handle !== 0) this.#core.text.freePlugin(this.#handle);
    this.#handle = 0;
  }

  #unpack(answer: number, target: string): Verdict {
    if (answer < 0) throw freed('policy');
    const code = codeOf(this.#core, answer & CODE);
    if (code !== 'ALLOWED') return { allowed: false, code, target: null, rule: -1 };
    const rule = (answer >>> 16) - 1;
    if ((answer & CHANGED) === 0) return { allowed: true, code, target, rule };
    const { fast, memory } = this.#core;
    const path = memory.read(fast.pc_path(), fast.pc_path_bytes());
    const query = indexIn(target, '?');
    return { allowed: true, code, target: query < 0 ? path : path + restOf(target, query), rule };
  }

  #slow(decision: Decision): Verdict {
    // The number after `/permissions/api/` or `/permissions/sse/`.
    const rule =
      decision.rule === null ? -1 : +restOf(decision.rule, indexIn(decision.rule, '/', '/permissions/'.length) + 1);
    return { allowed: decision.allowed, code: decision.code, target: decision.allowed ? decision.target : null, rule };
  }

  #read(json: string): Decision {
    if (json === '') throw freed('policy');
    const decision = parse(json) as Decision;
    freeze(decision.params);
    return freeze(decision);
  }
}
