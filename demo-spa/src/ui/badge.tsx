import type { ReactNode } from 'react';

export type BadgeTone = 'ok' | 'warn' | 'bad' | 'accent' | 'flux' | 'quiet';

export function Badge({
  tone = 'quiet',
  children,
}: {
  readonly tone?: BadgeTone;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className="nf-badge" data-tone={tone}>
      {children}
    </span>
  );
}
