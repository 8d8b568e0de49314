import { CoreError } from '../errors.js';
import type { Code } from '../generated/spec.js';
import type { FastApi } from './fast_api.js';
import type { Memory } from './memory.js';
import type { TextApi } from './text_api.js';

/** A core that was loaded (bindings.ts). */
export interface CoreModule {
  readonly text: TextApi;
  readonly fast: FastApi;
  readonly memory: Memory;
}

/** What the parts of the core share. */
export interface CoreInternals extends CoreModule {
  /** The codes by their numbers, as the module itself lists them. */
  readonly codes: readonly Code[];
  readonly hot: HotCalls;
}

/** The fast calls of a decision, taken out of the module once: a look-up there costs as much as the call. */
export interface HotCalls {
  readonly check: FastApi['pc_check'];
  readonly checkTopic: FastApi['pc_check_topic'];
}

/** The code of a number that the module gave. */
export function codeOf(internals: CoreInternals, number: number): Code {
  const code = internals.codes[number];
  if (code === undefined) throw new CoreError('SDK_CORE_FAILED', `the core gave an unknown code ${number}`);
  return code;
}

/** The error of an object that was used after `free()`. */
export function freed(what: string): CoreError {
  return new CoreError('SDK_CORE_FAILED', `the ${what} was freed`);
}
