import type { HostPublisher } from './host_publisher.js';
import type { Violation } from './host_types.js';
import { primitives } from './primitives.js';
import type { Transport } from './transport.js';

/** Limit per page, so that a repeating violation is not reported without end. */
const KEPT = 50;
const BLOCKED_CHARS = 200;

/**
 * Reports one violation, each once. The event names the script that caused it. Chromium leaves out the query, and
 * with it the plugin's id: then it is the plugin whose bundle runs here if there is only one, otherwise one of
 * several (`running`). It becomes a problem in the snapshot, and is sent to the server as telemetry if it is one
 * plugin's. Violations of the page itself are not sent, because only the host can be their cause.
 */
export function reportViolation(
  parts: {
    readonly publisher: HostPublisher;
    readonly transport: Transport;
    readonly told: Set<string>;
  },
  { sourceFile, effectiveDirective: directive, blockedURI, lineNumber: line }: Violation,
  running: readonly string[],
): void {
  const { publisher, transport, told } = parts;
  const bundle = /\/api\/plugins\/bundle(?:\?entry=([\w.-]+)|$)/.exec(sourceFile);
  const ids = bundle === null ? [] : bundle[1] === undefined ? running : [bundle[1]];
  const [pluginId] = ids.length === 1 ? ids : [];
  const blocked = blockedURI.slice(0, BLOCKED_CHARS);
  const message = `${ids.join(' or ') || 'the host'}: the page's CSP blocked ${blocked} (${directive})`;
  if (told.size === KEPT || told.has(message)) return;
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
}
