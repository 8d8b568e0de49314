import { Component, type ReactNode } from 'react';

/** What `ContributionBoundary` takes. */
export interface ContributionBoundaryProps {
  /** What to show instead; `retry` renders the children afresh. */
  readonly fallback: (error: Error, retry: () => void) => ReactNode;
  readonly onError?: (error: Error) => void;
  readonly children?: ReactNode;
}

interface State {
  readonly error: Error | null;
  readonly attempt: number;
}

/**
 * Keeps a contribution's crash inside of the contribution: what throws while rendering. `PluginSlot` and
 * `PluginRoutes` have one around each already. It does not see what throws in handlers or promises.
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
