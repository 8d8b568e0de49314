import { PluginRoutes, useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { matchPath, Navigate, Route, Routes, useLocation } from 'react-router';
import { useTheme } from './hooks/use_theme.ts';
import { useTitle } from './hooks/use_title.ts';
import { displayName } from './host/contributions.ts';
import { DashboardPage } from './pages/dashboard.tsx';
import { LivePage } from './pages/live.tsx';
import { NotFoundPage } from './pages/not_found.tsx';
import { OperatorPage } from './pages/operator/operator_page.tsx';
import { PermissionsPage } from './pages/permissions/permissions_page.tsx';
import { PageLoading, pageError } from './pages/plugin_views.tsx';
import { SignInPage } from './pages/sign_in.tsx';
import { StartFailedPage } from './pages/start_failed.tsx';
import { Shell } from './shell/shell.tsx';
import { Loading } from './ui/feedback.tsx';

/** Chooses the page: sign-in and start-up pages take precedence over the address. */
export function App(): ReactNode {
  useTheme();
  const status = useHostState((state) => state.status);
  const session = useHostState((state) => state.session);

  if (status === 'signed-out') return <SignInPage />;
  if (status === 'failed') return <StartFailedPage />;
  if (session === null) return <Loading label="Loading…" page />;
  return (
    <Shell session={session}>
      <Routes>
        <Route element={<DashboardPage />} path="/" />
        <Route element={<LivePage />} path="/live" />
        <Route element={<PermissionsPage />} path="/permissions" />
        <Route element={<OperatorPage />} path="/operator" />
        <Route element={<Navigate replace to="/" />} path="/login" />
        <Route element={<ContributedPages />} path="*" />
      </Routes>
    </Shell>
  );
}

/** Handles every other address: a permitted plugin's page, or not found. */
function ContributedPages(): ReactNode {
  return (
    <>
      <ContributedTitle />
      <PluginRoutes error={pageError} loading={<PageLoading />} notFound={<NotFoundPage />} />
    </>
  );
}

/** Plugins cannot set the document's title, so the host uses the plugin's name. */
function ContributedTitle(): ReactNode {
  const { pathname } = useLocation();
  const { routes, plugins } = useHostState();
  const owner = routes.find((route) => matchPath(route.path, pathname) !== null)?.pluginId;
  const record = plugins.find((plugin) => plugin.id === owner);
  useTitle(record === undefined ? null : displayName(record));
  return null;
}
