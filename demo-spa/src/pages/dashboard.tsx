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
        What plugins contribute to your dashboard. What the policy denies you is neither loaded nor shown; the gate
        counts it.
      </PageHead>
      <div className="dashboard">
        <section aria-label="Widgets" className="dashboard-main">
          <GateClosed />
          <PluginSlot
            empty={
              <EmptyState icon="plug" title="No widgets" wide>
                <p>No plugin that you may see contributes to the slot dashboard.main.</p>
              </EmptyState>
            }
            error={widgetError}
            loading={<WidgetLoading />}
            as="div"
            name="dashboard.main"
          />
        </section>
        <aside aria-label="At the side" className="dashboard-side">
          <PluginSlot
            empty={
              <EmptyState icon="plug" title="Nothing at the side">
                <p>No plugin that you may see contributes to the slot {SIDE_SLOT}.</p>
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
