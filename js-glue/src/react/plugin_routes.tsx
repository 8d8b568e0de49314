import { type ReactNode, useMemo } from 'react';
import { useNavigate, useParams, useRoutes } from 'react-router';
import type { RouteContribution } from '../host_types.js';
import { Contribution, type ContributionViews } from './contribution.js';
import { useHostState } from './provider.js';
import { matchesTail, pageParams, toRouterPath } from './route_path.js';

/** Props of `PluginRoutes`. */
export interface PluginRoutesProps extends ContributionViews {
  /** Shown until the policy has responded; default: nothing. */
  readonly fallback?: ReactNode;
  /** Shown if no permitted route matches the address; default: nothing. */
  readonly notFound?: ReactNode;
}

/**
 * Renders the permitted routes. Mount it as the host's last route, at `*`. A denied route is not registered, so its
 * address is not found, like any unknown one. Requires a router of react-router and a `PortcullisProvider` above. A
 * page that fails to load is rendered by `error`; nothing is thrown.
 */
export function PluginRoutes({ fallback = null, notFound = null, ...views }: PluginRoutesProps): ReactNode {
  const routes = useHostState((state) => state.routes);
  const settled = useHostState((state) => state.status !== 'starting' && state.status !== 'idle');
  const { loading, error } = views;
  const objects = useMemo(
    () => [
      ...routes.map((route) => ({
        path: toRouterPath(route.path),
        caseSensitive: true,
        element: (
          <Page
            key={route.key}
            route={route}
            notFound={notFound}
            views={{ ...(loading === undefined ? {} : { loading }), ...(error === undefined ? {} : { error }) }}
          />
        ),
      })),
      { path: '*', element: settled ? notFound : fallback },
    ],
    [routes, settled, notFound, fallback, loading, error],
  );
  return useRoutes(objects);
}

function Page({
  route,
  views,
  notFound,
}: {
  readonly route: RouteContribution;
  readonly views: ContributionViews;
  readonly notFound: ReactNode;
}): ReactNode {
  const raw = useParams();
  const go = useNavigate();
  const props = useMemo(
    () => ({
      params: pageParams(route.path, raw),
      navigate: (to: string): void => {
        void go(to);
      },
    }),
    [route.path, raw, go],
  );
  if (!matchesTail(route.path, raw)) return notFound;
  return <Contribution contribution={route} props={props} views={views} />;
}
