import { CoreError } from '../errors.js';
import type { Code } from '../generated/spec.js';
import type { Memory } from './memory.js';
import type { CoreModule } from './module.js';

/** What the parts of the core share. */
export interface CoreInternals {
  readonly module: CoreModule;
  readonly memory: Memory;
  /** The codes by their numbers, as the module itself lists them. */
  readonly codes: readonly Code[];
  readonly hot: HotCalls;
}

/** The raw calls of a decision, taken out of the module once: a look-up there costs as much as the call. */
export interface HotCalls {
  readonly check: CoreModule['_pc_check'];
  readonly checkTopic: CoreModule['_pc_check_topic'];
}

export function hotCalls(module: CoreModule): HotCalls {
  return Object.freeze({ check: module._pc_check, checkTopic: module._pc_check_topic });
}

/** The code of a number that the module gave. */
export function codeOf(internals: CoreInternals, number: number): Code {
  const code = internals.codes[number];
  if (code === undefined) throw new CoreError('SDK_CORE_FAILED', `the core gave an unknown code ${number}`);
  return code;
}

/** Splits "CODE:rest". */
export function splitCode(internals: CoreInternals, answer: string): [Code, string] {
  const colon = answer.indexOf(':');
  return [codeOf(internals, Number(answer.slice(0, colon))), answer.slice(colon + 1)];
}

/** The error of an object that was used after `free()`. */
export function freed(what: string): CoreError {
  return new CoreError('SDK_CORE_FAILED', `the ${what} was freed`);
}
