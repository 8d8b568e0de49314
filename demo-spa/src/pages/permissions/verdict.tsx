import type { Decision } from 'portcullis';
import type { ReactNode } from 'react';
import { Gate } from '../../ui/gate.tsx';

/** Shows a decision of the core. */
export function Verdict({ decision }: { readonly decision: Decision | string }): ReactNode {
  if (typeof decision === 'string') {
    return (
      <div aria-live="polite" className="verdict" data-allowed="false">
        <p className="nf-eyebrow">Decision of the core</p>
        <p>{decision}</p>
      </div>
    );
  }
  const { allowed, code, target, rule, params, explain } = decision;
  return (
    <div aria-live="polite" className="verdict" data-allowed={allowed} data-testid="verdict">
      <div className="verdict-top">
        <Gate open={allowed} />
        <div>
          <p className="nf-eyebrow">Decision of the core</p>
          <p className="verdict-word">{allowed ? 'Allowed' : 'Denied'}</p>
          <p className="verdict-code">{code}</p>
        </div>
      </div>
      <p>{explain}</p>
      <dl className="facts">
        <dt>Canonical target</dt>
        <dd className="nf-mono">{target ?? 'none: the path is rejected'}</dd>
        <dt>Rule</dt>
        <dd className="nf-mono">{rule ?? 'none'}</dd>
        {Object.entries(params).map(([name, value]) => (
          <Param key={name} name={name} value={value} />
        ))}
      </dl>
    </div>
  );
}

function Param({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <>
      <dt className="nf-mono">:{name}</dt>
      <dd className="nf-mono">{value}</dd>
    </>
  );
}
