import type { Session } from 'portcullis';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { useInternalLinks } from '../hooks/use_internal_links.ts';
import { AccountMenu } from './account_menu.tsx';
import { Banners } from './banners.tsx';
import { Brand } from './brand.tsx';
import { Drawer } from './drawer.tsx';
import { Nav } from './nav.tsx';
import { RailFoot } from './rail_foot.tsx';

export interface ShellProps {
  readonly session: Session;
  readonly children: ReactNode;
}

/** The frame around every page. A navigation moves the focus to the page, as loading a document does. */
export function Shell({ session, children }: ShellProps): ReactNode {
  const { pathname } = useLocation();
  const content = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  const onClick = useInternalLinks();

  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    content.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [pathname]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: handles clicks on links, which the keyboard also triggers
    // biome-ignore lint/a11y/noStaticElementInteractions: the interactive elements are the links inside
    <div className="shell" onClick={onClick}>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <aside aria-label="Sidebar" className="rail">
        <Brand />
        <Nav />
        <RailFoot />
      </aside>
      <div className="main">
        <header className="topbar">
          <Drawer />
          <Brand />
          <span className="tenant">
            <span aria-hidden="true" className="tenant-dot" />
            <span className="visually-hidden">Tenant</span>
            <span data-testid="tenant">{session.tenant}</span>
          </span>
          <span className="topbar-space" />
          <AccountMenu session={session} />
        </header>
        <Banners />
        <main className="content" id="content" ref={content} tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}
