import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';

/** Problems that this page's host reported: an incompatible plugin, a bundle with a wrong hash, a crash. */
export function ProblemsPanel(): ReactNode {
  const problems = useHostState((state) => state.problems);
  return (
    <section aria-labelledby="problems" className="nf-card">
      <div className="nf-head">
        <h2 className="nf-title" id="problems">
          Problems
        </h2>
        <span className="nf-eyebrow">{problems.length}</span>
      </div>
      {problems.length === 0 ? (
        <p className="nf-muted">None.</p>
      ) : (
        <ul className="rule-list">
          {problems.map((problem, at) => (
            <li className="problem" data-severity={problem.severity} key={at}>
              <p className="problem-where">
                {[problem.pluginId, problem.contribution, problem.code].filter(Boolean).join(' · ')}
              </p>
              <p>{problem.message}</p>
              {problem.manifestProblems?.map((one) => (
                <p className="nf-mono nf-muted" key={one.pointer + one.code}>
                  {one.pointer === '' ? '(manifest)' : one.pointer}: {one.message}
                </p>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
