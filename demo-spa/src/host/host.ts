import { QueryClient } from '@tanstack/react-query';
import { createHost } from 'portcullis';

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 15_000, retry: 1, refetchOnWindowFocus: false } },
});

/** The paths of this app's own pages. A plugin's route with one of these paths is not mounted. */
export const HOST_PATHS = ['/', '/login', '/live', '/permissions', '/operator'] as const;

/** One host per page. main.tsx starts it; everything else reads it through `portcullis/react`. */
export const host = createHost({ hostRoutes: HOST_PATHS, queryClient });
