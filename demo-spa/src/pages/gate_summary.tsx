import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { contributionsOf, STATUS_LABEL, STATUS_TONE } from '../host/contributions.ts';

/** One cell per declared page or widget, coloured by its status. */
export function GateSummary(): ReactNode {
  const state = useHostState();
  const all = contributionsOf(state);
  const count = (status: string): number => all.filter((one) => one.status === status).length;
  return (
    <section aria-labelledby="gate-summary" className="nf-card">
      <div className="nf-head">
        <h2 className="nf-title" id="gate-summary">
          Your permissions
        </h2>
        <Link to="/permissions">Rules</Link>
      </div>
      {all.length === 0 ? null : (
        <div aria-hidden="true" className="lattice">
          {all.map((one) => (
            <i
              data-tone={STATUS_TONE[one.status]}
              key={one.key}
              title={`${one.pluginId}: ${one.where} ${STATUS_LABEL[one.status]}`}
            />
          ))}
        </div>
      )}
      <dl className="facts">
        <dt>Plugins</dt>
        <dd>{state.plugins.length}</dd>
        <dt>Permitted</dt>
        <dd>{count('mounted')} pages and widgets</dd>
        <dt>Denied</dt>
        <dd>{count('denied')}</dd>
        <dt>Blocked</dt>
        <dd>{count('blocked')}</dd>
        {count('unanswered') === 0 ? null : (
          <>
            <dt>Unanswered</dt>
            <dd>{count('unanswered')}</dd>
          </>
        )}
      </dl>
    </section>
  );
}
