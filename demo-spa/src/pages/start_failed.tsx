import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { useTitle } from '../hooks/use_title.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/feedback.tsx';

/** Shown if the host could not start: the server does not respond, or the core failed to load. */
export function StartFailedPage(): ReactNode {
  useTitle('Not started');
  const problems = useHostState((state) => state.problems);
  return (
    <main className="content">
      <h1 className="visually-hidden">Experience could not start</h1>
      <EmptyState icon="warning" title="Experience could not start">
        {problems.map((problem) => (
          <p key={problem.code + problem.message}>
            <span className="nf-mono">{problem.code}</span> {problem.message}
          </p>
        ))}
        <Button icon="refresh" onPress={() => location.reload()} variant="primary">
          Try again
        </Button>
      </EmptyState>
    </main>
  );
}
