import type { PluginSdk } from 'portcullis/plugin';

/** In a variable of the bundle, which no other code reaches, for components at any depth: not in props or contexts. */
export let sdk: PluginSdk;

export function keepSdk(given: PluginSdk): void {
  sdk = given;
}
