import { createElement, type ElementType, type ReactNode, useMemo } from 'react';
import { Contribution, type ContributionViews } from './contribution.js';
import { useHostState } from './provider.js';

/** Props of `PluginSlot`. */
export interface PluginSlotProps extends ContributionViews {
  /** The slot's name as in manifests, for example `dashboard.main`. */
  readonly name: string;
  /** Shown once the policy has responded and permits no widget in this slot. */
  readonly empty?: ReactNode;
  /** The element around each widget, with `data-plugin` and `data-widget` attributes; default: none. */
  readonly as?: ElementType;
}

/**
 * Renders the permitted widgets of a slot, in the server's order. Renders nothing until the policy has responded, and
 * never a widget that it denies. A bundle is imported when its first widget is shown; a widget that fails is rendered
 * by `error` and does not affect the others.
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
