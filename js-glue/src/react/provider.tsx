import type { QueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Host, HostState } from '../host_types.js';
import { installQueryBridge } from './query_bridge.js';

/** Props of `PortcullisProvider`. */
export interface PortcullisProviderProps {
  readonly host: Host;
  /** The client that `sdk.api.useQuery` uses; default: the host's, or a new one. */
  readonly queryClient?: QueryClient;
  readonly children?: ReactNode;
}

const HostContext = createContext<Host | null>(null);

/** Provides the host to everything below it. Does not start the host. */
export function PortcullisProvider({ host, queryClient, children }: PortcullisProviderProps): ReactNode {
  installQueryBridge(host, queryClient);
  return <HostContext.Provider value={host}>{children}</HostContext.Provider>;
}

/** Returns the host of the nearest provider. Throws if there is none. */
export function useHost(): Host {
  const host = useContext(HostContext);
  if (host === null) throw new Error('portcullis: useHost() needs a PortcullisProvider above it');
  return host;
}

const whole = (state: HostState): HostState => state;

/**
 * Returns the host's snapshot, or the part that `selector` picks. A selector must return a stable value (a member of
 * the snapshot, or a primitive), as `useSyncExternalStore` requires. Throws if there is no provider above.
 */
export function useHostState(): HostState;
export function useHostState<T>(selector: (state: HostState) => T): T;
export function useHostState<T>(selector: (state: HostState) => T | HostState = whole): T | HostState {
  const host = useHost();
  const read = (): T | HostState => selector(host.getSnapshot());
  return useSyncExternalStore(host.subscribe, read, read);
}
