/** Helpers for tests that drive the real server: start it, sign in. They need the `portcullis-bff` binary. */
export { type Bff, type BffOptions, startBff } from './bff.js';
export { login, logout, type PageLike } from './login.js';
export {
  openScriptPage,
  type ScriptAnswer,
  type ScriptCall,
  type ScriptPage,
  type ScriptPageOptions,
} from './script_page.js';
