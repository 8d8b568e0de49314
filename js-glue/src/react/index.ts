/** React bindings: a provider, contributed routes and slots. Needs react, react-router and TanStack Query. */

export type { ContributionViews, ErrorView } from './contribution.js';
export { ContributionBoundary, type ContributionBoundaryProps } from './contribution_boundary.js';
export { PluginRoutes, type PluginRoutesProps } from './plugin_routes.js';
export { PluginSlot, type PluginSlotProps } from './plugin_slot.js';
export {
  PortcullisProvider,
  type PortcullisProviderProps,
  useHostState,
} from './provider.js';
