import { Component, type ReactNode } from 'react';

/** Props of `ContributionBoundary`. */
export interface ContributionBoundaryProps {
  /** Renders the replacement; `retry` renders the children again. */
  readonly fallback: (error: Error, retry: () => void) => ReactNode;
  /** Called with each caught error. */
  readonly onError?: (error: Error) => void;
  readonly children?: ReactNode;
}

interface State {
  readonly error: Error | null;
  readonly attempt: number;
}

/**
 * An error boundary around one contribution; it catches errors thrown while rendering. `PluginSlot` and
 * `PluginRoutes` already wrap each contribution in one. Errors in event handlers and promises are not caught.
 */
export class ContributionBoundary extends Component<ContributionBoundaryProps, State> {
  override state: State = { error: null, attempt: 0 };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onError?.(error instanceof Error ? error : new Error(String(error)));
  }

  readonly #retry = (): void => {
    this.setState(({ attempt }) => ({ error: null, attempt: attempt + 1 }));
  };

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : this.props.fallback(error, this.#retry);
  }
}
