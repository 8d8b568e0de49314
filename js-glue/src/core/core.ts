import type { ManifestProblem } from '../decision.js';
import { learnCodes } from '../errors.js';
import type { Code } from '../generated/spec.js';
import type { PluginManifest } from '../manifest.js';
import { primitives } from '../primitives.js';
import { Admission } from './admission.js';
import { Authzen } from './authzen.js';
import { freeze, indexIn, restOf, utf8 } from './captured.js';
import { EventStreamParser } from './event_stream.js';
import { IntegrityStrings } from './integrity.js';
import { type CoreInternals, type CoreModule, codeOf } from './internals.js';
import { SubscriptionLedger } from './ledger.js';
import { PolicyHandle } from './policy.js';
import { Semver } from './semver.js';

const { parse, stringify } = primitives;

/** A compiled manifest, or why there is none. */
export type Compiled =
  | {
      readonly ok: true;
      readonly policy: PolicyHandle;
      /** The manifest as the core reads it: fixed key order, defaults written out, no `bundle`. */
      readonly manifest: PluginManifest;
      readonly problems: readonly ManifestProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

/** The one form of a request target, or the code of the rule that it breaks. */
export type CanonicalTarget =
  | { readonly ok: true; readonly path: string; readonly query: string | null; readonly target: string }
  | { readonly ok: false; readonly code: Code };

/**
 * The core: every rule of the platform, the same one that the server runs. Get it from `loadCore()`.
 * Nothing here talks to anyone or throws for bad input; answers say what is wrong.
 */
export class Core {
  readonly admission: Admission;
  readonly semver: Semver;
  readonly authzen: Authzen;
  readonly integrity: IntegrityStrings;
  readonly #internals: CoreInternals;

  constructor(module: CoreModule) {
    this.#internals = {
      ...module,
      codes: freeze(module.text.codeNames().split(',')) as readonly Code[],
      hot: freeze({ check: module.fast.pc_check, checkTopic: module.fast.pc_check_topic }),
    };
    learnCodes(this.#internals.codes);
    this.admission = new Admission(this.#internals);
    this.semver = new Semver(this.#internals);
    this.authzen = new Authzen(this.#internals);
    this.integrity = new IntegrityStrings(this.#internals);
  }

  /** One line of the console: a JSON object in, a JSON object out. A malformed one gives `{"error":CODE}`. */
  console(line: string | Uint8Array): string {
    return this.#internals.text.console(typeof line === 'string' ? utf8(line) : line);
  }

  /** Validates a manifest (object or JSON text) and compiles its rules. Free the policy when done. */
  compile(manifest: PluginManifest | string): Compiled {
    const text = typeof manifest === 'string' ? manifest : stringify(manifest);
    const { fast, memory } = this.#internals;
    const plugin = fast.pc_compile(memory.writeText(text ?? 'null'));
    const bytes = fast.pc_problems_bytes();
    const problems = bytes === 0 ? [] : (parse(memory.read(fast.pc_problems(), bytes)) as ManifestProblem[]);
    if (plugin === 0) return { ok: false, problems };
    const canonical = memory.read(fast.pc_manifest(), fast.pc_manifest_bytes());
    const policy = new PolicyHandle(this.#internals, plugin);
    return { ok: true, policy, manifest: parse(canonical) as PluginManifest, problems };
  }

  /** The one form of a request target that is judged and sent. */
  canonicalize(target: string): CanonicalTarget {
    const answer = parse(this.#internals.text.canonicalize(utf8(target))) as [code: number, path: string];
    const code = codeOf(this.#internals, answer[0]);
    if (code !== 'ALLOWED') return { ok: false, code };
    const path = answer[1];
    const cut = indexIn(target, '?');
    const query = cut < 0 ? null : restOf(target, cut + 1);
    return { ok: true, path, query, target: query === null ? path : `${path}?${query}` };
  }

  /** Whether a path template matches a path; false for a template or a path that is wrong. */
  matchesTemplate(template: string, path: string): boolean {
    const line = stringify({ op: 'template.match', template, path });
    return (parse(this.console(line)) as { match?: boolean }).match === true;
  }

  /** A parser for one event stream. Free it when done. */
  createEventStreamParser(lastEventId = ''): EventStreamParser {
    return new EventStreamParser(this.#internals, lastEventId);
  }

  /** A ledger of who holds which event stream. Free it when done. */
  createLedger(): SubscriptionLedger {
    return new SubscriptionLedger(this.#internals);
  }

  /** Every reason code. */
  get codes(): readonly Code[] {
    return this.#internals.codes;
  }

  /** The size of the core's memory, which only grows. */
  get memoryBytes(): number {
    return this.#internals.memory.bytes;
  }

  /** How many compiled plugins hold memory. */
  get compiledPlugins(): number {
    return this.#internals.text.pluginCount();
  }
}
