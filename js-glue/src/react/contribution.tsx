import { type ComponentType, type ReactNode, Suspense, useCallback, useEffect } from 'react';
import { BundleError } from '../errors.js';
import { portOf } from '../host_port.js';
import type { Contribution as ContributionRecord } from '../host_types.js';
import type { HostProblem } from '../problems.js';
import { markMounted } from '../timing.js';
import { ContributionBoundary } from './contribution_boundary.js';
import { useHandle, useHostState } from './provider.js';
import { useDelayed } from './use_delayed.js';

/** The arguments of `ContributionViews.error`. */
export interface ErrorView {
  readonly contribution: ContributionRecord;
  readonly problem: HostProblem;
  /** Loads the bundle, or renders the component, again. */
  readonly retry: () => void;
}

/** What is shown in place of a contribution that is loading or has failed. */
export interface ContributionViews {
  /** Shown if loading takes longer than 150 milliseconds. */
  readonly loading?: ReactNode;
  /** Shown if the bundle failed or the component crashed; default: a line with the code and a retry button. */
  readonly error?: (view: ErrorView) => ReactNode;
}

const LOADING_DELAY_MS = 150;

function Loading({ children }: { readonly children: ReactNode }): ReactNode {
  return useDelayed(LOADING_DELAY_MS) ? children : null;
}

function DefaultError({ contribution, problem, retry }: ErrorView): ReactNode {
  return (
    <div role="alert" data-portcullis-error={problem.code}>
      <p>
        {contribution.component} of {contribution.pluginId} could not be shown ({problem.code}).
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

/**
 * Loads the plugin of a permitted contribution when it is first shown, and renders its component. Code that reads
 * React's fibers finds the host's handle here and components that have their sdk, but neither host nor sdk.
 */
export function Contribution<P extends object>({
  contribution,
  props,
  views,
}: {
  readonly contribution: ContributionRecord;
  /** The component's props, without `sdk`. */
  readonly props: P;
  readonly views: ContributionViews;
}): ReactNode {
  const handle = useHandle();
  const port = portOf(handle);
  const { pluginId } = contribution;
  const known = useHostState(
    useCallback((state) => state.plugins.find((plugin) => plugin.id === pluginId), [pluginId]),
  );
  const state = known?.state;
  useEffect(() => {
    // A failed plugin is loaded again only when a person asks for it.
    if (state === 'available') portOf(handle).load(pluginId);
  }, [handle, pluginId, state]);
  const fail = (problem: HostProblem, retry: () => void): ReactNode => {
    const view = { contribution, problem, retry };
    return views.error ? views.error(view) : <DefaultError {...view} />;
  };
  if (known === undefined || state === 'quarantined' || state === 'denied' || state === 'incompatible') {
    return null;
  }
  if (state === 'failed' && known.problem !== undefined) return fail(known.problem, () => port.load(pluginId));
  const Component = port.component(contribution);
  const loading = views.loading === undefined ? null : <Loading>{views.loading}</Loading>;
  if (Component === null) return loading;
  return (
    <ContributionBoundary
      key={contribution.key}
      onError={(cause) => port.report(crash(contribution, cause))}
      fallback={(cause, retry) => fail(crash(contribution, cause), retry)}
    >
      <Suspense fallback={loading}>
        <Mounted contribution={contribution} Component={Component} given={props} />
      </Suspense>
    </ContributionBoundary>
  );
}

function Mounted({
  contribution,
  Component,
  given,
}: {
  readonly contribution: ContributionRecord;
  readonly Component: ComponentType<object> | undefined;
  readonly given: object;
}): ReactNode {
  const { pluginId, key, kind, component } = contribution;
  useEffect(() => markMounted(pluginId, key), [pluginId, key]);
  if (Component === undefined) {
    const message = `the bundle of ${pluginId} does not export ${kind}s.${component}`;
    throw new BundleError('SDK_COMPONENT_MISSING', pluginId, message);
  }
  return <Component {...given} />;
}

function crash(contribution: ContributionRecord, cause: Error): HostProblem {
  const place = contribution.kind === 'route' ? contribution.path : `${contribution.slot}/${contribution.component}`;
  return {
    code: cause instanceof BundleError ? cause.code : 'SDK_CONTRIBUTION_CRASHED',
    severity: 'error',
    pluginId: contribution.pluginId,
    contribution: place,
    message: cause.message,
    cause,
  };
}
