import type { HostState, PluginRecord } from 'portcullis';

/** `unanswered`: the PDP has not responded, which permits nothing. */
export type ContributionStatus = 'mounted' | 'denied' | 'blocked' | 'unanswered';

export interface Contribution {
  readonly key: string;
  readonly pluginId: string;
  readonly kind: 'route' | 'widget';
  /** The route's path, or the widget's slot. */
  readonly where: string;
  readonly component: string;
  /** The resource that the PDP is asked about, for example `plugin.route` `/hello`. */
  readonly resource: string;
  readonly status: ContributionStatus;
}

/** Whether the plugin cannot be mounted whatever the PDP says. */
function blocked(record: PluginRecord): boolean {
  return record.state === 'incompatible' || record.state === 'quarantined' || record.state === 'failed';
}

/** Every declared contribution with its status. The snapshot lists only permitted ones. */
export function contributionsOf(state: HostState, pluginId?: string): readonly Contribution[] {
  const unanswered = state.status !== 'ready';
  return state.plugins
    .filter((record) => pluginId === undefined || record.id === pluginId)
    .flatMap((record): Contribution[] => {
      const { id, manifest } = record;
      const statusOf = (permitted: boolean): ContributionStatus =>
        blocked(record) ? 'blocked' : permitted ? 'mounted' : unanswered ? 'unanswered' : 'denied';
      const routes = (manifest.contributions?.routes ?? []).map((route) => ({
        key: `${id} route ${route.path}`,
        pluginId: id,
        kind: 'route' as const,
        where: route.path,
        component: route.component,
        resource: route.path,
        status: statusOf(state.routes.some((r) => r.pluginId === id && r.path === route.path)),
      }));
      const widgets = (manifest.contributions?.widgets ?? []).map((widget) => ({
        key: `${id} widget ${widget.slot} ${widget.component}`,
        pluginId: id,
        kind: 'widget' as const,
        where: widget.slot,
        component: widget.component,
        resource: `${id}:${widget.component}`,
        status: statusOf(
          state.widgets.some((w) => w.pluginId === id && w.slot === widget.slot && w.component === widget.component),
        ),
      }));
      return [...routes, ...widgets];
    });
}

export const STATUS_TONE = { mounted: 'ok', denied: 'bad', blocked: 'warn', unanswered: 'warn' } as const;
export const STATUS_LABEL = {
  mounted: 'permitted',
  denied: 'denied by the PDP',
  blocked: 'not evaluated: plugin blocked',
  unanswered: 'no response from the PDP yet',
} as const;

export function displayName(record: PluginRecord): string {
  return record.manifest.displayName ?? record.id;
}
