import type { ReactNode } from 'react';
import { CallError } from '../../host/call.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type ConfigProblem, type ProblemsElsewhere, useRefresh } from './use_operator.ts';

function problemsOf(error: Error | null): readonly ConfigProblem[] {
  const problems = error instanceof CallError ? error.problem?.problems : undefined;
  return Array.isArray(problems) ? (problems as ConfigProblem[]) : [];
}

function elsewhereOf(error: Error | null): ProblemsElsewhere | undefined {
  return error instanceof CallError ? (error.problem?.elsewhere as ProblemsElsewhere | undefined) : undefined;
}

function summary(problems: readonly ConfigProblem[], error: Error): string {
  const errors = problems.filter((problem) => problem.severity !== 'warning').length;
  if (errors === 0) return error.message;
  return errors === 1 ? '1 error.' : `${errors} errors.`;
}

/** Reloads the configuration. An invalid one changes nothing and shows the position of each problem. */
export function ConfigPanel(): ReactNode {
  const refresh = useRefresh();
  const refused = problemsOf(refresh.error);
  return (
    <section aria-labelledby="configuration" className="nf-card">
      <div className="nf-head">
        <h2 className="nf-title" id="configuration">
          Configuration
        </h2>
        <Button icon="refresh" pending={refresh.isPending} onPress={() => refresh.mutate()}>
          Refresh
        </Button>
      </div>
      <div aria-live="polite" className="nf-stack">
        {refresh.isIdle ? (
          <p className="nf-muted">
            Reloads plugins.yaml and the other configuration files. If the new configuration has an error, the last good
            one stays in use.
          </p>
        ) : null}
        {refresh.isSuccess ? (
          <>
            <p className="nf-row">
              <Badge tone="ok">in use</Badge>
              Generation {refresh.data.generation}, {refresh.data.plugins} plugins.
            </p>
            <ConfigProblems problems={refresh.data.warnings} />
            <Elsewhere counts={refresh.data.elsewhere} />
          </>
        ) : null}
        {refresh.isError ? (
          <>
            <p className="nf-row">
              <Badge tone="bad">refused</Badge>
              <span>{summary(refused, refresh.error)} The previous configuration is still in use.</span>
            </p>
            <ConfigProblems problems={refused} />
            <Elsewhere counts={elsewhereOf(refresh.error)} />
          </>
        ) : null}
      </div>
    </section>
  );
}

function Elsewhere({ counts }: { readonly counts: ProblemsElsewhere | undefined }): ReactNode {
  if (counts === undefined) return null;
  return (
    <p className="nf-muted">
      {counts.errors} errors and {counts.warnings} warnings concern other tenants or shared files. See the server&apos;s
      log.
    </p>
  );
}

function ConfigProblems({ problems }: { readonly problems: readonly ConfigProblem[] }): ReactNode {
  if (problems.length === 0) return null;
  return (
    <ul className="rule-list">
      {problems.map((problem) => (
        <li
          className="problem"
          data-severity={problem.severity ?? 'error'}
          key={`${problem.file}:${problem.line}:${problem.column} ${problem.code}`}
        >
          <p className="problem-where">
            {problem.file}:{problem.line}:{problem.column} {problem.code}
          </p>
          <p>{problem.message}</p>
        </li>
      ))}
    </ul>
  );
}
