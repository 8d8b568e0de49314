import type { Code } from '../generated/spec.js';
import { utf8 } from './captured.js';
import { type CoreInternals, codeOf } from './internals.js';

/** Whether a host may run a plugin. */
export interface EngineVerdict {
  readonly compatible: boolean;
  /** Compatible, but only because the host is a pre-release near the boundary: warn. */
  readonly prereleaseBoundary: boolean;
  readonly code: Code;
}

/** Versions and ranges exactly as npm's node-semver reads them, never loosely. */
export class Semver {
  readonly #core: CoreInternals;

  constructor(core: CoreInternals) {
    this.#core = core;
  }

  /** Whether the version is in the range; false when one of them is none. */
  satisfies(version: string, range: string, includePrerelease = false): boolean {
    const { fast, memory, text } = this.#core;
    const first = memory.write(version);
    const second = first < 0 ? -1 : memory.write(range, first);
    if (second < 0) return text.semverSatisfies(utf8(version), utf8(range), includePrerelease);
    return fast.pc_semver_satisfies(first, second, includePrerelease ? 1 : 0) !== 0;
  }

  /** The version without build metadata, or null. */
  valid(version: string): string | null {
    return this.#core.text.semverValid(utf8(version)) || null;
  }

  /** The range's normalised text, or null. */
  validRange(range: string, includePrerelease = false): string | null {
    return this.#core.text.semverValidRange(utf8(range), includePrerelease) || null;
  }

  /** -1, 0 or 1; null when one of them is no version. */
  compare(a: string, b: string): -1 | 0 | 1 | null {
    const order = this.#core.text.semverCompare(utf8(a), utf8(b));
    return order === 2 ? null : (order as -1 | 0 | 1);
  }

  /** Holds a plugin's `engine.experience` against the host's version. Fails closed. */
  checkEngine(hostVersion: string, range: string): EngineVerdict {
    const answer = this.#core.text.semverCheckEngine(utf8(hostVersion), utf8(range));
    return {
      compatible: (answer & (1 << 16)) !== 0,
      prereleaseBoundary: (answer & (1 << 15)) !== 0,
      code: codeOf(this.#core, answer & 0x7fff),
    };
  }
}
