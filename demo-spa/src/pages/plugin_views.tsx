import type { ErrorView } from 'portcullis/react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Loading } from '../ui/feedback.tsx';

/** Replaces a widget that failed; the others are not affected. */
export function widgetError({ contribution, problem, retry }: ErrorView): ReactNode {
  return (
    <section className="nf-card error-card" role="alert">
      <h2 className="nf-title">{contribution.component} could not be shown</h2>
      <p className="nf-mono nf-muted">
        {contribution.pluginId} · {problem.code}
      </p>
      <p>{problem.message}</p>
      <div className="nf-row">
        <Button icon="refresh" onPress={retry}>
          Try again
        </Button>
      </div>
    </section>
  );
}

export function WidgetLoading(): ReactNode {
  return (
    <div aria-label="Loading a widget" className="nf-card" role="status">
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  );
}

export function pageError(view: ErrorView): ReactNode {
  return (
    <>
      <h1 className="visually-hidden">This page could not be shown</h1>
      {widgetError(view)}
    </>
  );
}

export function PageLoading(): ReactNode {
  return <Loading label="Loading the plugin page…" />;
}
