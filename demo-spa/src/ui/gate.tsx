import type { ReactNode } from 'react';

const BARS = [26, 38, 50, 62, 74];
const RAILS = [52, 70, 88];

/** The portcullis: raised when `open`. Decorative; the decision is always shown as text beside it. */
export function Gate({ open }: { readonly open: boolean }): ReactNode {
  return (
    <svg aria-hidden="true" className="gate" data-open={open} height="120" viewBox="0 0 100 112" width="107">
      <defs>
        <clipPath id="gate-way">
          <path d="M18 104V46a32 32 0 0 1 64 0v58z" />
        </clipPath>
        <linearGradient id="gate-glow" x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stopColor="var(--color-flux)" stopOpacity="0" />
          <stop offset="1" stopColor="var(--color-flux)" stopOpacity="0.55" />
        </linearGradient>
      </defs>
      <g clipPath="url(#gate-way)">
        <path className="gate-light" d="M18 104V46a32 32 0 0 1 64 0v58z" fill="url(#gate-glow)" />
        <g
          className="gate-bars"
          fill="none"
          stroke="currentColor"
          strokeLinecap="round"
          strokeLinejoin="round"
          strokeWidth="4"
        >
          {BARS.map((x) => (
            <path d={`M${x} 4V94m-2.5 0h5l-2.5 8z`} fill="currentColor" key={x} />
          ))}
          {RAILS.map((y) => (
            <path d={`M14 ${y}h72`} key={y} strokeWidth="3.2" />
          ))}
        </g>
      </g>
      <path
        d="M18 106V46a32 32 0 0 1 64 0v60M6 106h88"
        fill="none"
        stroke="currentColor"
        strokeLinecap="round"
        strokeWidth="5"
      />
    </svg>
  );
}
