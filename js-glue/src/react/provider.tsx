import type { QueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import { portOf } from '../host_port.js';
import type { HostHandle, HostState } from '../host_types.js';
import { installQueryBridge } from './query_bridge.js';
import { sealReact } from './seal_react.js';

/** Props of `PortcullisProvider`. */
export interface PortcullisProviderProps {
  /** `host.handle`, not the host: every plugin can read a component's props. */
  readonly host: HostHandle;
  /** The client that `sdk.api.useQuery` uses; default: a new one. That of the host's first provider stays. */
  readonly queryClient?: QueryClient;
  readonly children?: ReactNode;
}

// Plugins can read contexts, and can render a provider around their own components. So the value is the handle.
const HandleContext = createContext<HostHandle | null>(null);

/** Provides the host to everything below it. Does not start the host. */
export function PortcullisProvider({ host, queryClient, children }: PortcullisProviderProps): ReactNode {
  sealReact();
  installQueryBridge(host, queryClient);
  return <HandleContext.Provider value={host}>{children}</HandleContext.Provider>;
}

/** Returns the handle of the nearest provider's host. Throws if there is none. */
export function useHandle(): HostHandle {
  const handle = useContext(HandleContext);
  if (handle === null) throw new Error('portcullis: this needs a PortcullisProvider above it');
  return handle;
}

const whole = (state: HostState): HostState => state;

/**
 * Returns the host's snapshot, or the part that `selector` picks. A selector must return a stable value (a member of
 * the snapshot, or a primitive), as `useSyncExternalStore` requires. Throws if there is no provider above.
 */
export function useHostState(): HostState;
export function useHostState<T>(selector: (state: HostState) => T): T;
export function useHostState<T>(selector: (state: HostState) => T | HostState = whole): T | HostState {
  const { subscribe, getSnapshot } = portOf(useHandle());
  const read = (): T | HostState => selector(getSnapshot());
  return useSyncExternalStore(subscribe, read, read);
}
