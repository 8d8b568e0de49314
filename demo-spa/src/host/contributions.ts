import type { HostState, PluginRecord } from 'portcullis';

/** `unasked`: the PDP gave no answer, which is no permission. */
export type Standing = 'mounted' | 'denied' | 'blocked' | 'unasked';

export interface Contribution {
  readonly key: string;
  readonly pluginId: string;
  readonly kind: 'route' | 'widget';
  /** The route's path, or the widget's slot. */
  readonly where: string;
  readonly component: string;
  /** What the PDP was asked about, for example `plugin.route` `/hello`. */
  readonly resource: string;
  readonly standing: Standing;
}

/** Whether nothing of this plugin can stand on the page, whatever the PDP says. */
function blocked(record: PluginRecord): boolean {
  return record.state === 'incompatible' || record.state === 'quarantined' || record.state === 'failed';
}

/** All that the manifests declare, with what became of it. The snapshot lists permitted ones only. */
export function contributionsOf(state: HostState, pluginId?: string): readonly Contribution[] {
  const nobodyAnswers = state.status !== 'ready';
  return state.plugins
    .filter((record) => pluginId === undefined || record.id === pluginId)
    .flatMap((record): Contribution[] => {
      const { id, manifest } = record;
      const standing = (permitted: boolean): Standing =>
        blocked(record) ? 'blocked' : permitted ? 'mounted' : nobodyAnswers ? 'unasked' : 'denied';
      const routes = (manifest.contributions?.routes ?? []).map((route) => ({
        key: `${id} route ${route.path}`,
        pluginId: id,
        kind: 'route' as const,
        where: route.path,
        component: route.component,
        resource: route.path,
        standing: standing(state.routes.some((r) => r.pluginId === id && r.path === route.path)),
      }));
      const widgets = (manifest.contributions?.widgets ?? []).map((widget) => ({
        key: `${id} widget ${widget.slot} ${widget.component}`,
        pluginId: id,
        kind: 'widget' as const,
        where: widget.slot,
        component: widget.component,
        resource: `${id}:${widget.component}`,
        standing: standing(
          state.widgets.some((w) => w.pluginId === id && w.slot === widget.slot && w.component === widget.component),
        ),
      }));
      return [...routes, ...widgets];
    });
}

export const STANDING_TONE = { mounted: 'ok', denied: 'bad', blocked: 'warn', unasked: 'warn' } as const;
export const STANDING_WORD = {
  mounted: 'permitted',
  denied: 'denied by the PDP',
  blocked: 'not asked: the plugin is blocked',
  unasked: 'no answer of the PDP yet',
} as const;

export function displayName(record: PluginRecord): string {
  return record.manifest.displayName ?? record.id;
}
