import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { EmptyState } from '../ui/feedback.tsx';

/** In the place of widgets while the policy cannot be asked; nothing otherwise. */
export function GateClosed(): ReactNode {
  const closed = useHostState((state) => state.status === 'pdp-unavailable');
  if (!closed) return null;
  return (
    <EmptyState icon="permissions" title="The gate is closed" wide>
      <p>Without an answer of the policy nothing is mounted. It comes back by itself.</p>
    </EmptyState>
  );
}
