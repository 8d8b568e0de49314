import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { SchemeToggle } from './scheme_toggle.tsx';

export function RailFoot(): ReactNode {
  const version = useHostState((state) => state.session?.experienceVersion);
  const theme = useHostState((state) => state.theme?.name);
  return (
    <div className="rail-foot">
      <SchemeToggle />
      <span>
        {theme ?? 'Neon Flux'}
        {version === undefined ? '' : ` · Experience ${version}`}
      </span>
    </div>
  );
}
