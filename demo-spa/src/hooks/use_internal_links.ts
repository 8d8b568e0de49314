import type { MouseEvent } from 'react';
import { useNavigate } from 'react-router';

/**
 * Plugins have no router: turns their plain `<a href="/plugins/x">` into a navigation of this app, unless the link
 * leaves this origin or the person asked for a new tab.
 */
export function useInternalLinks(): (event: MouseEvent<HTMLElement>) => void {
  const navigate = useNavigate();
  return (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest('a');
    if (link === null || link.origin !== location.origin || link.download !== '') return;
    if (link.hash !== '' && link.pathname === location.pathname) return;
    if (link.target !== '' && link.target !== '_self') return;
    event.preventDefault();
    void navigate(link.pathname + link.search + link.hash);
  };
}
