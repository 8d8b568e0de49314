import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { contributionsOf, STANDING_TONE, STANDING_WORD } from '../host/contributions.ts';

/** The lattice: a cell per declared page or widget, lit by what became of it. */
export function GateSummary(): ReactNode {
  const state = useHostState();
  const all = contributionsOf(state);
  const count = (standing: string): number => all.filter((one) => one.standing === standing).length;
  return (
    <section aria-labelledby="gate-summary" className="nf-card">
      <div className="nf-head">
        <h2 className="nf-title" id="gate-summary">
          The gate, for you
        </h2>
        <Link to="/permissions">Rules</Link>
      </div>
      {all.length === 0 ? null : (
        <div aria-hidden="true" className="lattice">
          {all.map((one) => (
            <i
              data-tone={STANDING_TONE[one.standing]}
              key={one.key}
              title={`${one.pluginId}: ${one.where} ${STANDING_WORD[one.standing]}`}
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
        {count('unasked') === 0 ? null : (
          <>
            <dt>Unanswered</dt>
            <dd>{count('unasked')}</dd>
          </>
        )}
      </dl>
    </section>
  );
}
