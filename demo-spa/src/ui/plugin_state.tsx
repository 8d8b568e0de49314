import type { PluginRecord, PluginState } from 'portcullis';
import type { ReactNode } from 'react';
import { Badge, type BadgeTone } from './badge.tsx';

const TONES: Record<PluginState, BadgeTone> = {
  available: 'flux',
  loading: 'flux',
  loaded: 'ok',
  failed: 'bad',
  incompatible: 'warn',
  quarantined: 'bad',
  denied: 'bad',
};

const WORDS: Record<PluginState, string> = {
  available: 'ready to load',
  loading: 'loading',
  loaded: 'loaded',
  failed: 'failed',
  incompatible: 'incompatible',
  quarantined: 'quarantined',
  denied: 'denied',
};

export function PluginStateBadge({ record }: { readonly record: PluginRecord }): ReactNode {
  return <Badge tone={TONES[record.state]}>{WORDS[record.state]}</Badge>;
}
