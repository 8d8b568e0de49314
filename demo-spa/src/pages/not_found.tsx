import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { useTitle } from '../hooks/use_title.ts';
import { Gate } from '../ui/gate.tsx';

/** No page, or one that this person may not see: the two look the same on purpose. */
export function NotFoundPage(): ReactNode {
  useTitle('Not found');
  const { pathname } = useLocation();
  const blocked = useHostState((state) => state.status === 'pdp-unavailable');
  return (
    <div className="empty">
      <Gate open={false} />
      <h1>{blocked ? 'The gate is closed' : 'Nothing at this address'}</h1>
      <p>
        {blocked ? (
          'No page of a plugin is mounted while the policy cannot be asked.'
        ) : (
          <>
            <span className="nf-mono">{pathname}</span> is no page of this app and of no plugin that you may see.
          </>
        )}
      </p>
      <Link className="nf-button" to="/">
        To the dashboard
      </Link>
    </div>
  );
}
