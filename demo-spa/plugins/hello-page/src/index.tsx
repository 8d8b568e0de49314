import type { PageProps } from 'portcullis/plugin';
import { useState } from 'react';

interface Attempt {
  readonly call: string;
  readonly outcome: string;
  readonly allowed: boolean;
}

/** The manifest allows one call. The second button demonstrates a denied one. */
function HelloPage({ sdk }: PageProps) {
  const [attempts, setAttempts] = useState<readonly Attempt[]>([]);

  async function attempt(method: string, path: string): Promise<void> {
    const call = `${method} ${path}`;
    try {
      const response = await sdk.api.fetch(path, { method });
      setAttempts((before) => [{ call, outcome: `status ${response.status}`, allowed: true }, ...before]);
    } catch (error) {
      const outcome = error instanceof Error ? error.message : String(error);
      setAttempts((before) => [{ call, outcome, allowed: false }, ...before]);
    }
  }

  return (
    <article className="nf-stack">
      <header>
        <h1 data-testid="hello-page-title">Hello page</h1>
        <p className="nf-muted">One page, one rule: GET /api/plugins/secure-echo.</p>
      </header>
      <section aria-labelledby="hello-page-calls" className="nf-card">
        <h2 className="nf-title" id="hello-page-calls">
          Make a call
        </h2>
        <div className="nf-row">
          <button
            className="nf-button"
            data-variant="primary"
            onClick={() => void attempt('GET', '/api/plugins/secure-echo')}
            type="button"
          >
            Allowed call
          </button>
          <button className="nf-button" onClick={() => void attempt('GET', '/api/sales/summary')} type="button">
            Denied call
          </button>
        </div>
        <ol aria-live="polite" className="nf-list">
          {attempts.map((one, at) => (
            <li key={attempts.length - at}>
              <span className="nf-badge" data-tone={one.allowed ? 'ok' : 'bad'}>
                {one.allowed ? 'allowed' : 'denied'}
              </span>
              <span className="nf-mono">{one.call}</span>
              <span className="nf-muted">{one.outcome}</span>
            </li>
          ))}
        </ol>
        {attempts.length === 0 ? <p className="nf-muted">No calls yet.</p> : null}
      </section>
    </article>
  );
}

export const routes = { HelloPage };
