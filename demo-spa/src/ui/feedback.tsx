import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

export function Loading({ label, page = false }: { readonly label: string; readonly page?: boolean }): ReactNode {
  return (
    <div className={page ? 'loading loading-page' : 'loading'} role="status">
      <span className="spinner" />
      {label}
    </div>
  );
}

export interface EmptyStateProps {
  readonly icon: IconName;
  readonly title: string;
  /** Spans the whole width of a grid. */
  readonly wide?: boolean;
  readonly children?: ReactNode;
}

export function EmptyState({ icon, title, wide = false, children }: EmptyStateProps): ReactNode {
  return (
    <div className={wide ? 'empty nf-wide' : 'empty'}>
      <Icon name={icon} size={40} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export interface BannerProps {
  readonly tone: 'warn' | 'bad';
  /** True if the banner is there from the start, so that screen readers do not interrupt for it. */
  readonly persistent?: boolean;
  readonly children: ReactNode;
}

export function Banner({ tone, persistent = false, children }: BannerProps): ReactNode {
  return (
    <div className="banner" data-tone={tone} role={persistent ? 'status' : 'alert'}>
      <Icon name="warning" />
      {children}
    </div>
  );
}
