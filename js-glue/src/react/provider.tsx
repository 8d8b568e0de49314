import type { QueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Host, HostState } from '../host_types.js';
import { installQueryBridge } from './query_bridge.js';

/** What `PortcullisProvider` takes. */
export interface PortcullisProviderProps {
  readonly host: Host;
  /** The client behind `sdk.api.useQuery`; default: the host's, or one of its own. */
  readonly queryClient?: QueryClient;
  readonly children?: ReactNode;
}

const HostContext = createContext<Host | null>(null);

/** Gives everything below it the host. It does not start the host. */
export function PortcullisProvider({ host, queryClient, children }: PortcullisProviderProps): ReactNode {
  installQueryBridge(host, queryClient);
  return <HostContext.Provider value={host}>{children}</HostContext.Provider>;
}

/** The host of the nearest provider. Throws when there is none above. */
export function useHost(): Host {
  const host = useContext(HostContext);
  if (host === null) throw new Error('portcullis: useHost() needs a PortcullisProvider above it');
  return host;
}

const whole = (state: HostState): HostState => state;

/**
 * The host's snapshot, or a part of it. A selector has to return something that stays the same while
 * the snapshot does (a member, or a primitive), as `useSyncExternalStore` asks for. Throws when no
 * provider is above.
 */
export function useHostState(): HostState;
export function useHostState<T>(selector: (state: HostState) => T): T;
export function useHostState<T>(selector: (state: HostState) => T | HostState = whole): T | HostState {
  const host = useHost();
  const read = (): T | HostState => selector(host.getSnapshot());
  return useSyncExternalStore(host.subscribe, read, read);
}
