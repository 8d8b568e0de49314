import type { RouteContribution } from 'portcullis';
import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import { displayName } from '../host/contributions.ts';
import { Icon, type IconName } from '../ui/icons.tsx';

interface PageLink {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  readonly role?: string;
}

const PAGES: readonly PageLink[] = [
  { to: '/', label: 'Dashboard', icon: 'dashboard' },
  { to: '/live', label: 'Live', icon: 'live' },
  { to: '/permissions', label: 'Permissions', icon: 'permissions' },
  { to: '/operator', label: 'Operator', icon: 'operator', role: 'operator' },
];

/** A contributed page can be linked if its path has no parameters. */
const linkable = (route: RouteContribution): boolean => !/[:*]/.test(route.path);

/** The app's own pages, then the permitted pages of plugins. */
export function Nav({ onGo }: { readonly onGo?: () => void }): ReactNode {
  const { session, routes, plugins } = useHostState();
  const pages = PAGES.filter(({ role }) => role === undefined || session?.roles.includes(role));
  const contributed = routes.filter(linkable);
  const nameOf = (id: string): string => {
    const record = plugins.find((plugin) => plugin.id === id);
    return record === undefined ? id : displayName(record);
  };
  return (
    <nav aria-label="Main" className="nav">
      <div className="nav-group">
        {pages.map(({ to, label, icon }) => (
          <NavLink className="nav-link" end key={to} onClick={onGo} to={to}>
            <Icon name={icon} />
            {label}
          </NavLink>
        ))}
      </div>
      {contributed.length === 0 ? null : (
        <div className="nav-group">
          <p className="nf-eyebrow">From plugins</p>
          {contributed.map((route) => (
            <NavLink className="nav-link" end key={route.key} onClick={onGo} to={route.path}>
              <span aria-hidden="true" className="plugin-glyph">
                {nameOf(route.pluginId).slice(0, 1)}
              </span>
              {nameOf(route.pluginId)}
            </NavLink>
          ))}
        </div>
      )}
    </nav>
  );
}
