import { type AdmissionCondition, CONDITIONS, type Code, PURPOSES, type Purpose } from '../generated/spec.js';
import { type CoreInternals, codeOf } from './internals.js';
import { utf8 } from './memory.js';

/** What holds of a plugin. What is left out does not hold. `untrusted` is the server's to know. */
export type AdmissionFacts = { readonly [condition in Exclude<AdmissionCondition, 'untrusted'>]?: boolean };

/** Whether a plugin may be listed, loaded, called and so on now: the same table as the server's, `docs/admission.md`. */
export class Admission {
  readonly #core: CoreInternals;

  constructor(core: CoreInternals) {
    this.#core = core;
  }

  /** `ALLOWED`, or the code of the first condition that holds and refuses this purpose. */
  admit(purpose: Purpose, facts: AdmissionFacts): Code {
    let holds = 0;
    CONDITIONS.forEach((condition, index) => {
      if (condition !== 'untrusted' && facts[condition] === true) holds |= 1 << index;
    });
    return codeOf(this.#core, this.#core.module.admit(PURPOSES.indexOf(purpose), holds));
  }

  /** Whether a quarantine of this version (null: of every version) stops the version that runs. Build metadata is ignored (SemVer 2.0.0, 10). */
  stopsVersion(quarantined: string | null, running: string): boolean {
    return this.#core.module.stopsVersion(quarantined === null, utf8(quarantined ?? ''), utf8(running)) !== 0;
  }
}
