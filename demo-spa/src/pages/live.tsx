import { PluginSlot } from 'portcullis/react';
import type { ReactNode } from 'react';
import { EmptyState, Loading } from '../ui/feedback.tsx';
import { PageHead } from '../ui/page_head.tsx';
import { GateClosed } from './gate_closed.tsx';
import { widgetError } from './plugin_views.tsx';

export function LivePage(): ReactNode {
  return (
    <>
      <PageHead title="Live">
        A plugin&apos;s live feed. Its stream carries the plugin&apos;s identity, is limited to its declared topics, and
        closes as soon as the plugin is quarantined.
      </PageHead>
      <div className="nf-stack">
        <GateClosed />
        <PluginSlot
          empty={
            <EmptyState icon="live" title="No live feed">
              <p>No plugin available to you contributes to the slot live.main.</p>
            </EmptyState>
          }
          error={widgetError}
          loading={<Loading label="Opening the feed…" />}
          as="div"
          name="live.main"
        />
      </div>
    </>
  );
}
