import { createElement, type ElementType, type ReactNode, useMemo } from 'react';
import { Contribution, type ContributionViews } from './contribution.js';
import { useHostState } from './provider.js';

/** What `PluginSlot` takes. */
export interface PluginSlotProps extends ContributionViews {
  /** The slot's name, as manifests write it, for example `dashboard.main`. */
  readonly name: string;
  /** Shown when the policy has answered and permits no widget here. */
  readonly empty?: ReactNode;
  /** An element around each widget; default: none. It gets `data-plugin` and `data-widget`. */
  readonly as?: ElementType;
}

/**
 * Every permitted widget of a slot, in the server's order. Renders nothing until the policy has
 * answered, and never anything of a widget that it denies. A bundle is imported when its first widget
 * shows; one that fails is shown by `error`, and the others stay.
 */
export function PluginSlot({ name, empty, as, ...views }: PluginSlotProps): ReactNode {
  const all = useHostState((state) => state.widgets);
  const ready = useHostState((state) => state.status === 'ready');
  const widgets = useMemo(() => all.filter((widget) => widget.slot === name), [all, name]);
  if (widgets.length === 0) return ready && empty !== undefined ? empty : null;
  return widgets.map((widget) => {
    const content = <Contribution key={widget.key} contribution={widget} props={NO_PROPS} views={views} />;
    if (as === undefined) return content;
    const attributes = { key: widget.key, 'data-plugin': widget.pluginId, 'data-widget': widget.component };
    return createElement(as, attributes, content);
  });
}

const NO_PROPS = Object.freeze({});
