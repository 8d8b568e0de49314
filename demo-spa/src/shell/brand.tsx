import type { ReactNode } from 'react';

export function BrandMark({ size = 30 }: { readonly size?: number }): ReactNode {
  return (
    <svg aria-hidden="true" fill="none" height={size} strokeLinecap="round" viewBox="0 0 32 32" width={size}>
      <path d="M6 28V15a10 10 0 0 1 20 0v13" stroke="currentColor" strokeWidth="2.6" />
      <path className="bars" d="M11.5 9v16M16 6v20M20.5 9v16M7 14h18M7 20h18" stroke="currentColor" strokeWidth="1.9" />
    </svg>
  );
}

export function Brand(): ReactNode {
  return (
    <a aria-label="Experience, go to the dashboard" className="brand" href="/">
      <BrandMark />
      <span className="brand-name">Experience</span>
    </a>
  );
}
