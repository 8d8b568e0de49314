import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { useTitle } from '../hooks/use_title.ts';
import { Gate } from '../ui/gate.tsx';

/** Shown for an unknown page and for a denied one; the two look the same on purpose. */
export function NotFoundPage(): ReactNode {
  useTitle('Not found');
  const { pathname } = useLocation();
  const blocked = useHostState((state) => state.status === 'pdp-unavailable');
  return (
    <div className="empty">
      <Gate open={false} />
      <h1>{blocked ? 'Policy unavailable' : 'Page not found'}</h1>
      <p>
        {blocked ? (
          'Plugin pages are not mounted while the policy cannot be asked.'
        ) : (
          <>
            <span className="nf-mono">{pathname}</span> is neither a page of this app nor of a plugin available to you.
          </>
        )}
      </p>
      <Link className="nf-button" to="/">
        Go to the dashboard
      </Link>
    </div>
  );
}
