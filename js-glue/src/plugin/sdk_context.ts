import { createContext, createElement, type FunctionComponent, type ReactNode, useContext } from 'react';
import type { PluginSdk } from './types.js';

const SdkContext = createContext<PluginSdk | null>(null);

/** For hosts: provides a plugin's sdk to the components below. */
export const SdkProvider: FunctionComponent<{ readonly sdk: PluginSdk; readonly children?: ReactNode }> = ({
  sdk,
  children,
}) => createElement(SdkContext.Provider, { value: sdk }, children);

/** Returns the sdk of the plugin that the calling component belongs to. Throws outside a contribution. */
export function useSdk(): PluginSdk {
  const sdk = useContext(SdkContext);
  if (sdk === null) throw new Error('portcullis: useSdk() was called outside a plugin contribution');
  return sdk;
}
