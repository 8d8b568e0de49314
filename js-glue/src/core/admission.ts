import { type AdmissionCondition, CONDITIONS, type Code, PURPOSES, type Purpose } from '../generated/spec.js';
import { utf8 } from './captured.js';
import { type CoreInternals, codeOf } from './internals.js';

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
    for (let index = 0; index < CONDITIONS.length; index += 1) {
      const condition = CONDITIONS[index] as AdmissionCondition;
      if (condition !== 'untrusted' && facts[condition] === true) holds |= 1 << index;
    }
    let asked = PURPOSES.length - 1;
    while (asked >= 0 && PURPOSES[asked] !== purpose) asked -= 1;
    return codeOf(this.#core, this.#core.text.admit(asked, holds));
  }

  /** Whether a quarantine of this version (null: of every version) stops the version that runs. Build metadata is ignored (SemVer 2.0.0, 10). */
  stopsVersion(quarantined: string | null, running: string): boolean {
    return this.#core.text.stopsVersion(quarantined === null, utf8(quarantined ?? ''), utf8(running));
  }
}
