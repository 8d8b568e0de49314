import type { HostPublisher } from './host_publisher.js';
import type { HostEnvironment } from './host_types.js';
import { primitives } from './primitives.js';
import type { Transport } from './transport.js';

/** A page's worth: what goes on for ever is told once. */
const KEPT = 50;
const BLOCKED_CHARS = 200;

/**
 * Tells what the page's CSP or Trusted Types refused, and of whom: the event names the script that
 * did it, and a bundle's address has its plugin's id. In the snapshot as a problem; for a plugin's
 * also to the server, over the plugin's telemetry. Each once. The page's own are not sent: nobody is to
 * blame for them but the host. `wasm-eval` is a question that the core asks, not a violation.
 */
export function watchViolations(env: HostEnvironment, publisher: HostPublisher, transport: Transport): () => void {
  const told = new Set<string>();
  return env.onViolation(({ sourceFile, effectiveDirective: directive, blockedURI, lineNumber: line }) => {
    const pluginId = /\/api\/plugins\/bundle\?entry=([\w.-]+)/.exec(sourceFile)?.[1];
    const blocked = blockedURI.slice(0, BLOCKED_CHARS);
    const message = `${pluginId ?? 'the host'}: the page's policy refused ${blocked} (${directive})`;
    if (told.size === KEPT || told.has(message) || blocked === 'wasm-eval') return;
    told.add(message);
    const code = 'SDK_CSP_VIOLATION';
    publisher.report({ code, severity: 'warning', message, ...(pluginId === undefined ? {} : { pluginId }) });
    if (pluginId === undefined) return;
    transport
      .send({
        target: '/api/plugins/telemetry',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: primitives.stringify({ events: [{ name: code, props: { directive, blocked, line } }] }),
        pluginId,
      })
      .then((response) => response.body?.cancel())
      .catch(() => {});
  });
}
