import { definePlugin, type PluginSdk } from 'portcullis/plugin';
import { useEffect } from 'react';

interface Echo {
  readonly plugin_id: string;
  readonly tenant: string;
  readonly user: string;
  readonly request_id: string;
}

/** In a variable of this module, which no other code reaches, for components at any depth. */
let sdk: PluginSdk;

/** Asks the server who is calling. The answer is the server's view, not the page's. */
function Hello() {
  const echo = sdk.api.useQuery<Echo>('echo', '/api/plugins/secure-echo');

  useEffect(() => {
    sdk.telemetry.track('hello.opened');
  }, []);

  return (
    <article className="nf-stack">
      <header>
        <h1 data-testid="hello-page">Hello</h1>
        <p className="nf-muted">A page of the plugin {sdk.pluginId}, mounted because the policy permits it.</p>
      </header>
      <section aria-labelledby="hello-echo" className="nf-card">
        <div className="nf-head">
          <h2 className="nf-title" id="hello-echo">
            The caller, as the server sees it
          </h2>
          <button className="nf-button" onClick={() => void echo.refetch()} type="button">
            Ask again
          </button>
        </div>
        {echo.isPending ? <p role="status">Asking…</p> : null}
        {echo.error === null ? null : <p role="alert">{echo.error.message}</p>}
        {echo.data === undefined ? null : (
          <ul className="nf-list" data-testid="echo">
            <li>
              <span className="nf-muted">Plugin</span>
              <span className="nf-mono">{echo.data.plugin_id}</span>
            </li>
            <li>
              <span className="nf-muted">Tenant</span>
              <span className="nf-mono">{echo.data.tenant}</span>
            </li>
            <li>
              <span className="nf-muted">Person</span>
              <span className="nf-mono">{echo.data.user}</span>
            </li>
            <li>
              <span className="nf-muted">Request</span>
              <span className="nf-mono">{echo.data.request_id}</span>
            </li>
          </ul>
        )}
      </section>
    </article>
  );
}

function HelloWidget() {
  return (
    <section aria-labelledby="hello-widget" className="nf-card" data-testid="hello-widget">
      <div className="nf-head">
        <h2 className="nf-title" id="hello-widget">
          Hello
        </h2>
        <span className="nf-badge" data-tone="flux">
          {sdk.pluginId}
        </span>
      </div>
      <p className="nf-muted">The smallest possible widget, with a page.</p>
      <div className="nf-row">
        <a className="nf-button" href="/hello">
          Open Hello
        </a>
      </div>
    </section>
  );
}

export default definePlugin((given) => {
  sdk = given;
  return { routes: { Hello }, widgets: { HelloWidget } };
});
