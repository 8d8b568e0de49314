import { createContext, createElement, type FunctionComponent, type ReactNode, useContext } from 'react';
import type { PluginSdk } from './types.js';

const SdkContext = createContext<PluginSdk | null>(null);

/** For hosts: gives the components below it their plugin's sdk. */
export const SdkProvider: FunctionComponent<{ readonly sdk: PluginSdk; readonly children?: ReactNode }> = ({
  sdk,
  children,
}) => createElement(SdkContext.Provider, { value: sdk }, children);

/** The sdk of the plugin that the calling component belongs to. Throws outside of a contribution. */
export function useSdk(): PluginSdk {
  const sdk = useContext(SdkContext);
  if (sdk === null) throw new Error('portcullis: useSdk() outside of a plugin contribution');
  return sdk;
}
