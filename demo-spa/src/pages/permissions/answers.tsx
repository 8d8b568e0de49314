import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { host } from '../../host/host.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import type { Attempt } from './attempt.ts';
import { type Answer, sendAsPlugin, sendRaw } from './send.ts';

export interface AnswersProps {
  readonly pluginId: string;
  readonly attempt: Attempt;
}

/** Sends the call for real: through the plugin's sdk, and around it. */
export function Answers({ pluginId, attempt }: AnswersProps): ReactNode {
  const [identity, setIdentity] = useState<'plugin' | 'none'>('plugin');
  const sdk = useMutation({ mutationFn: () => sendAsPlugin(host, pluginId, attempt) });
  const raw = useMutation({ mutationFn: () => sendRaw(identity === 'plugin' ? pluginId : null, attempt) });
  return (
    <div className="answers">
      <section aria-labelledby="through-the-sdk" className="nf-card answer">
        <h3 className="nf-title" id="through-the-sdk">
          Through the SDK
        </h3>
        <p className="nf-muted">As {pluginId} calls: judged in this page first, then by the server.</p>
        <div className="nf-row">
          <Button icon="send" pending={sdk.isPending} onPress={() => sdk.mutate()} variant="primary">
            Call through the SDK
          </Button>
        </div>
        <AnswerView answer={sdk.data} />
      </section>
      <section aria-labelledby="around-the-sdk" className="nf-card answer">
        <h3 className="nf-title" id="around-the-sdk">
          Around the SDK
        </h3>
        <p className="nf-muted">As hostile code would: a plain fetch. The server judges with the same core.</p>
        <div className="nf-row">
          <Button icon="send" pending={raw.isPending} onPress={() => raw.mutate()}>
            Call the server directly
          </Button>
          <Segmented
            label="Identity of the call"
            onChange={setIdentity}
            segments={[
              { id: 'plugin', label: `as ${pluginId}` },
              { id: 'none', label: 'without a plugin' },
            ]}
            value={identity}
          />
        </div>
        <AnswerView answer={raw.data} />
      </section>
    </div>
  );
}

function AnswerView({ answer }: { readonly answer: Answer | undefined }): ReactNode {
  return (
    <div aria-live="polite" className="nf-stack">
      {answer === undefined ? null : (
        <>
          <p className="nf-row">
            <strong>{answer.title}</strong>
            {answer.code === null ? null : <Badge tone={answer.tone}>{answer.code}</Badge>}
          </p>
          {answer.facts.length === 0 ? null : (
            <dl className="facts">
              {answer.facts.map(([name, value]) => (
                <Fact key={name} name={name} value={value} />
              ))}
            </dl>
          )}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be focusable */}
          {answer.body === null ? null : <pre tabIndex={0}>{answer.body}</pre>}
        </>
      )}
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd className="nf-mono">{value}</dd>
    </>
  );
}
