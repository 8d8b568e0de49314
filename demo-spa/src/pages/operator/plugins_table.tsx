import type { PluginRecord } from 'portcullis';
import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { displayName } from '../../host/contributions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/feedback.tsx';
import { PluginStateBadge } from '../../ui/plugin_state.tsx';
import { QuarantineDialog } from './quarantine_dialog.tsx';
import { type Health, useHealth, useQuarantinedElsewhere, useUnquarantine } from './use_operator.ts';

const NONE = '–';

function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : `${Math.round(value * 10) / 10} ms`;
}

function ago(moment: string | null | undefined): string {
  if (moment === null || moment === undefined) return 'never';
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(moment)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

/** Every plugin of the tenant with its metrics of the last 24 hours and its quarantine button. */
export function PluginsTable(): ReactNode {
  const plugins = useHostState((state) => state.plugins);
  const ids = plugins.map((plugin) => plugin.id);
  const health = useHealth(ids);
  const elsewhere = useQuarantinedElsewhere(ids);
  if (plugins.length + elsewhere.length === 0) {
    return (
      <EmptyState icon="plug" title="No plugins here">
        <p>This tenant has no plugins.</p>
      </EmptyState>
    );
  }
  return (
    <section aria-labelledby="plugins-title" className="nf-card">
      <div className="nf-head">
        <h2 className="nf-title" id="plugins-title">
          Plugins
        </h2>
        <span className="nf-eyebrow">Last 24 hours</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it can scroll, so it must be focusable */}
      <section aria-label="Plugin metrics" className="nf-scroll" tabIndex={0}>
        <table aria-labelledby="plugins-title" className="nf-table plugins-table">
          <thead>
            <tr>
              <th scope="col">Plugin</th>
              <th scope="col">State</th>
              <th data-num scope="col">
                Calls
              </th>
              <th data-num scope="col">
                Errors
              </th>
              <th data-num scope="col">
                p50
              </th>
              <th data-num scope="col">
                p95
              </th>
              <th scope="col">Last active</th>
              <th scope="col">Action</th>
            </tr>
          </thead>
          <tbody>
            {plugins.map((record) => (
              <Row health={health.get(record.id)} key={record.id} record={record} />
            ))}
            {elsewhere.map((id) => (
              <QuarantinedRow id={id} key={id} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row({ record, health }: { readonly record: PluginRecord; readonly health: Health | undefined }): ReactNode {
  return (
    <tr data-plugin={record.id}>
      <th className="plugin-cell" scope="row">
        <div>
          <strong>{displayName(record)}</strong>
          <span className="nf-mono">
            {record.id} {record.version}
          </span>
        </div>
      </th>
      <td data-label="State">
        <PluginStateBadge record={record} />
      </td>
      <td data-label="Calls" data-num>
        {health?.calls ?? NONE}
      </td>
      <td data-label="Errors" data-num>
        {health?.errors ?? NONE}
      </td>
      <td data-label="p50" data-num>
        {milliseconds(health?.p50_ms)}
      </td>
      <td data-label="p95" data-num>
        {milliseconds(health?.p95_ms)}
      </td>
      <td data-label="Last active">{health === undefined ? NONE : ago(health.last_active)}</td>
      <td>
        {record.state === 'quarantined' ? (
          <LiftButton id={record.id} />
        ) : (
          <QuarantineDialog pluginId={record.id} version={record.version} />
        )}
      </td>
    </tr>
  );
}

/** A plugin that was quarantined before this page was opened: its manifest is not served, so only its id is known. */
function QuarantinedRow({ id }: { readonly id: string }): ReactNode {
  return (
    <tr data-plugin={id}>
      <th className="plugin-cell nf-mono" scope="row">
        {id}
      </th>
      <td data-label="State">
        <Badge tone="bad">quarantined</Badge>
      </td>
      <td className="nf-muted" colSpan={5}>
        Not served, so there are no metrics.
      </td>
      <td>
        <LiftButton id={id} />
      </td>
    </tr>
  );
}

function LiftButton({ id }: { readonly id: string }): ReactNode {
  const lift = useUnquarantine();
  return (
    <Button aria-label={`Unquarantine ${id}`} icon="back" pending={lift.isPending} onPress={() => lift.mutate(id)}>
      Unquarantine
    </Button>
  );
}
