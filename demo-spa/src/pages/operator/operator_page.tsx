import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { EmptyState } from '../../ui/feedback.tsx';
import { PageHead } from '../../ui/page_head.tsx';
import { ConfigPanel } from './config_panel.tsx';
import { EventLog } from './event_log.tsx';
import { KillSwitch } from './kill_switch.tsx';
import { PluginsTable } from './plugins_table.tsx';
import { ProblemsPanel } from './problems_panel.tsx';

export const OPERATOR_ROLE = 'operator';

/** The server enforces the role itself; hiding the page only avoids refused requests. */
export function OperatorPage(): ReactNode {
  const session = useHostState((state) => state.session);
  const operator = session?.roles.includes(OPERATOR_ROLE) === true;
  return (
    <>
      <PageHead title="Operator">
        Monitor the plugins of {session?.tenant}, quarantine one immediately, reload the configuration.
      </PageHead>
      {operator ? (
        <>
          <PluginsTable />
          <div className="operator-grid">
            <div className="nf-stack">
              <ConfigPanel />
              <ProblemsPanel />
            </div>
            <div className="nf-stack">
              <EventLog />
              <KillSwitch />
            </div>
          </div>
        </>
      ) : (
        <EmptyState icon="operator" title="For operators">
          <p>Your account does not have the role {OPERATOR_ROLE}. Sign in with an account that does.</p>
        </EmptyState>
      )}
    </>
  );
}
