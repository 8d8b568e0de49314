import type { ApiRule, ParamShape, PluginRecord } from 'portcullis';
import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { contributionsOf, displayName, STATUS_LABEL, STATUS_TONE } from '../../host/contributions.ts';
import { Badge } from '../../ui/badge.tsx';
import { PluginStateBadge } from '../../ui/plugin_state.tsx';
import type { Attempt } from './attempt.ts';

export interface PluginRulesProps {
  readonly record: PluginRecord;
  readonly onTry: (attempt: Attempt) => void;
}

function shapeText(shape: ParamShape): string {
  if (typeof shape === 'string') return shape;
  if ('regex' in shape) return `/${shape.regex}/`;
  return shape.join(' | ');
}

/** One manifest: its contributions with the policy's decision, its allowed calls and its topics. */
export function PluginRules({ record, onTry }: PluginRulesProps): ReactNode {
  const state = useHostState();
  const { id, version, manifest } = record;
  const contributions = contributionsOf(state, id);
  const api = manifest.permissions?.api ?? [];
  const sse = manifest.permissions?.sse ?? [];
  const title = `rules-${id}`;
  return (
    <article aria-labelledby={title} className="nf-card">
      <div className="nf-head">
        <div>
          <h3 className="nf-title" id={title}>
            {displayName(record)}
          </h3>
          <p className="nf-mono nf-muted">
            {id} {version} · experience {manifest.engine.experience}
          </p>
        </div>
        <PluginStateBadge record={record} />
      </div>
      {manifest.description === undefined ? null : <p className="nf-muted">{manifest.description}</p>}
      <RuleSection label="Contributes">
        {contributions.map((one) => (
          <li className="rule" key={one.key}>
            <span className="rule-method">{one.kind}</span>
            <span title={one.kind === 'route' ? one.where : `${one.component} in ${one.where}`}>
              {one.kind === 'route' ? one.where : `${one.component} · ${one.where}`}
            </span>
            <Badge tone={STATUS_TONE[one.status]}>{STATUS_LABEL[one.status]}</Badge>
          </li>
        ))}
      </RuleSection>
      <RuleSection label="May call">
        {api.map((rule) => (
          <ApiRuleRow key={`${rule.method} ${rule.path}`} onTry={onTry} pluginId={id} rule={rule} />
        ))}
      </RuleSection>
      <RuleSection label="May subscribe to">
        {sse.map((topic) => (
          <li className="rule" key={topic}>
            <span className="rule-method">SSE</span>
            <span>{topic}</span>
            <TryButton
              label={`Try ${topic}`}
              onPress={() => onTry({ pluginId: id, kind: 'stream', method: 'GET', path: topic })}
            />
          </li>
        ))}
      </RuleSection>
    </article>
  );
}

function RuleSection({
  label,
  children,
}: {
  readonly label: string;
  readonly children: readonly ReactNode[];
}): ReactNode {
  return (
    <section>
      <h4 className="nf-eyebrow">{label}</h4>
      {children.length === 0 ? <p className="nf-muted">None.</p> : <ul className="rule-list">{children}</ul>}
    </section>
  );
}

interface ApiRuleRowProps {
  readonly pluginId: string;
  readonly rule: ApiRule;
  readonly onTry: (attempt: Attempt) => void;
}

/** Replaces `:id` and `*` in a rule's path with example values that can be sent. */
function example(rule: ApiRule): string {
  return rule.path
    .replaceAll(/:([A-Za-z0-9_]+)/g, (_whole, name: string) => {
      const shape = rule.params?.[name];
      if (Array.isArray(shape)) return String(shape[0]);
      if (shape === 'uuid') return '5b1d7c1e-6f0a-4f0e-9d53-0c1d3b2a4f60';
      if (shape === 'int') return '42';
      if (shape === 'date') return '2026-03-14';
      return 'example';
    })
    .replaceAll('*', 'summary');
}

function ApiRuleRow({ pluginId, rule, onTry }: ApiRuleRowProps): ReactNode {
  return (
    <li className="rule">
      <span className="rule-method">{rule.method}</span>
      <span>{rule.path}</span>
      <TryButton
        label={`Try ${rule.method} ${rule.path}`}
        onPress={() => onTry({ pluginId, kind: 'api', method: rule.method, path: example(rule) })}
      />
      {Object.entries(rule.params ?? {}).map(([name, shape]) => (
        <span className="rule-shape" key={name}>
          :{name} is {shapeText(shape)}
        </span>
      ))}
    </li>
  );
}

function TryButton({ label, onPress }: { readonly label: string; readonly onPress: () => void }): ReactNode {
  return (
    <button aria-label={label} className="rule-try" onClick={onPress} type="button">
      try
    </button>
  );
}
