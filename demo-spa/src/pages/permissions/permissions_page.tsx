import { useHostState } from 'portcullis/react';
import { type ReactNode, useRef, useState } from 'react';
import { EmptyState } from '../../ui/feedback.tsx';
import { PageHead } from '../../ui/page_head.tsx';
import { type Attempt, FIRST_ATTEMPT } from './attempt.ts';
import { PluginRules } from './plugin_rules.tsx';
import { TryCall } from './try_call.tsx';

/** Shows what every plugin may do, and a form to ask the core about one call. */
export function PermissionsPage(): ReactNode {
  const plugins = useHostState((state) => state.plugins);
  const [attempt, setAttempt] = useState<Attempt>(FIRST_ATTEMPT);
  const top = useRef<HTMLDivElement>(null);

  function tryRule(next: Attempt): void {
    setAttempt(next);
    top.current?.scrollIntoView({ block: 'nearest' });
    top.current?.querySelector<HTMLInputElement>('input[name="path"]')?.focus({ preventScroll: true });
  }

  return (
    <>
      <PageHead title="Permissions">
        Each plugin&apos;s manifest, shown as rules. A call that no rule allows is refused in this page before anything
        is sent, and by the server whatever the page does.
      </PageHead>
      {plugins.length === 0 ? (
        <EmptyState icon="permissions" title="No plugins here">
          <p>This tenant has no enabled plugin.</p>
        </EmptyState>
      ) : (
        <>
          <div ref={top}>
            <TryCall attempt={attempt} onChange={setAttempt} plugins={plugins} />
          </div>
          <header className="section-head">
            <h2>Rules by plugin</h2>
            <p>From the manifests, with the policy&apos;s decision for you.</p>
          </header>
          <div className="rules">
            {plugins.map((record) => (
              <PluginRules key={record.id} onTry={tryRule} record={record} />
            ))}
          </div>
        </>
      )}
    </>
  );
}
