import { PluginSlot, useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { EmptyState } from '../ui/feedback.tsx';
import { PageHead } from '../ui/page_head.tsx';
import { GateClosed } from './gate_closed.tsx';
import { GateSummary } from './gate_summary.tsx';
import { WidgetLoading, widgetError } from './plugin_views.tsx';

const SIDE_SLOT = 'dashboard.side';

function firstName(name: string): string {
  return name.split(' ')[0] ?? name;
}

export function DashboardPage(): ReactNode {
  const name = useHostState((state) => state.session?.name ?? '');
  return (
    <>
      <PageHead title={name === '' ? 'Dashboard' : `Hello, ${firstName(name)}`}>
        Widgets that plugins contribute to your dashboard. Contributions that the policy denies are neither loaded nor
        shown; the summary counts them.
      </PageHead>
      <div className="dashboard">
        <section aria-label="Widgets" className="dashboard-main">
          <GateClosed />
          <PluginSlot
            empty={
              <EmptyState icon="plug" title="No widgets" wide>
                <p>No plugin available to you contributes to the slot dashboard.main.</p>
              </EmptyState>
            }
            error={widgetError}
            loading={<WidgetLoading />}
            as="div"
            name="dashboard.main"
          />
        </section>
        <aside aria-label="Side widgets" className="dashboard-side">
          <PluginSlot
            empty={
              <EmptyState icon="plug" title="No side widgets">
                <p>No plugin available to you contributes to the slot {SIDE_SLOT}.</p>
              </EmptyState>
            }
            error={widgetError}
            loading={<WidgetLoading />}
            as="div"
            name={SIDE_SLOT}
          />
          <GateSummary />
        </aside>
      </div>
    </>
  );
}
