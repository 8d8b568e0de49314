import { QueryClient } from '@tanstack/react-query';
import { createHost } from 'portcullis';

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 15_000, retry: 1, refetchOnWindowFocus: false } },
});

/** The paths of this app's own pages. A plugin's route with one of these paths is not mounted. */
export const HOST_PATHS = ['/', '/login', '/live', '/permissions', '/operator'] as const;

/**
 * One host per page, started by main.tsx. Components use this variable in functions, and pass the host to no prop, context
 * or hook, where plugins could read it. Nothing that is loaded later may import this module: the bundler would export the
 * host from the entry, which every plugin can import.
 */
export const host = createHost({ hostRoutes: HOST_PATHS, queryClient });
