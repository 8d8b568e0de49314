import type { ReactNode } from 'react';
import { type SchemeChoice, useScheme } from '../hooks/use_scheme.ts';
import { Icon } from '../ui/icons.tsx';
import { Segmented } from '../ui/segmented.tsx';

const SEGMENTS = [
  { id: 'light' as const, label: 'Light', content: <Icon name="sun" size={17} /> },
  { id: 'system' as const, label: 'System', content: <Icon name="system" size={17} /> },
  { id: 'dark' as const, label: 'Dark', content: <Icon name="moon" size={17} /> },
];

export function SchemeToggle(): ReactNode {
  const { choice, choose } = useScheme();
  return (
    <Segmented<SchemeChoice>
      className="scheme"
      label="Colour scheme"
      onChange={choose}
      segments={SEGMENTS}
      value={choice}
    />
  );
}
