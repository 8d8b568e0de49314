import type { Decision, PluginRecord } from 'portcullis';
import { type ReactNode, useEffect, useState } from 'react';
import { host } from '../../host/host.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { Answers } from './answers.tsx';
import { type Attempt, chosenPlugin, EXAMPLES, judge, METHODS } from './attempt.ts';
import { Verdict } from './verdict.tsx';

export interface TryCallProps {
  readonly attempt: Attempt;
  readonly plugins: readonly PluginRecord[];
  readonly onChange: (attempt: Attempt) => void;
}

const KINDS = [
  { id: 'api' as const, label: 'API call' },
  { id: 'stream' as const, label: 'Event stream' },
];

/** The call on one side, the core's decision on the other, and below them the server's response. */
export function TryCall({ attempt, plugins, onChange }: TryCallProps): ReactNode {
  const plugin = chosenPlugin(attempt, plugins);
  const [decision, setDecision] = useState<Decision | string>('');
  useEffect(() => {
    if (plugin === undefined) return;
    let current = true;
    void judge(host, plugin.id, attempt).then((made) => {
      if (current) setDecision(made);
    });
    return () => {
      current = false;
    };
  }, [plugin, attempt]);
  if (plugin === undefined) return null;
  const set = (part: Partial<Attempt>): void => onChange({ ...attempt, ...part });

  return (
    <section aria-labelledby="try-a-call" className="nf-stack">
      <div className="nf-card try">
        <div className="try-form">
          <h2 className="nf-title" id="try-a-call">
            Try a call
          </h2>
          <Select
            choices={plugins.map(({ id, version }) => ({ id, label: `${id} ${version}` }))}
            label="Plugin"
            onChange={(pluginId) => set({ pluginId })}
            value={plugin.id}
          />
          <Segmented label="Kind of call" onChange={(kind) => set({ kind })} segments={KINDS} value={attempt.kind} />
          {attempt.kind === 'api' ? (
            <div className="try-line">
              <Select
                choices={METHODS.map((method) => ({ id: method, label: method }))}
                label="Method"
                onChange={(method) => set({ method })}
                value={attempt.method}
              />
              <TextField label="Path" mono name="path" onChange={(path) => set({ path })} value={attempt.path} />
            </div>
          ) : (
            <TextField label="Topic" mono name="path" onChange={(path) => set({ path })} value={attempt.path} />
          )}
          <div>
            <p className="nf-eyebrow">Examples</p>
            <div className="examples">
              {EXAMPLES.map((example) => (
                <button className="example" key={example.label} onClick={() => set(example.attempt)} type="button">
                  {example.label}
                </button>
              ))}
            </div>
          </div>
        </div>
        <Verdict decision={decision} />
      </div>
      <Answers attempt={attempt} key={`${plugin.id} ${JSON.stringify(attempt)}`} pluginId={plugin.id} />
    </section>
  );
}
