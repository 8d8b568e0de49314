import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { EmptyState } from '../ui/feedback.tsx';

/** Replaces the widgets while the policy cannot be asked. */
export function GateClosed(): ReactNode {
  const closed = useHostState((state) => state.status === 'pdp-unavailable');
  if (!closed) return null;
  return (
    <EmptyState icon="permissions" title="Policy unavailable" wide>
      <p>No plugin is mounted until the policy responds. This page retries automatically.</p>
    </EmptyState>
  );
}
