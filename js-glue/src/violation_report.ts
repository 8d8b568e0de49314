import type { HostPublisher } from './host_publisher.js';
import type { Violation } from './host_types.js';
import type { Transport } from './transport.js';

/** A page's worth: what goes on for ever is told once. */
const KEPT = 50;
const BLOCKED_CHARS = 200;

/**
 * Tells of one violation. The event names the script that did it; Chromium leaves the query out, and with it the
 * plugin's id, so that then it is the plugin whose bundle runs here, where that is one, and else one of several
 * (`running`). In the snapshot as a problem; where it is one plugin's, also to the server, over its telemetry. Each
 * once. The page's own are not sent: nobody is to blame for them but the host.
 */
export function tellViolation(
  parts: {
    readonly publisher: HostPublisher;
    readonly transport: Transport;
    readonly stringify: typeof JSON.stringify;
    readonly told: Set<string>;
  },
  { sourceFile, effectiveDirective: directive, blockedURI, lineNumber: line }: Violation,
  running: readonly string[],
): void {
  const { publisher, transport, stringify, told } = parts;
  const bundle = /\/api\/plugins\/bundle(?:\?entry=([\w.-]+)|$)/.exec(sourceFile);
  const ids = bundle === null ? [] : bundle[1] === undefined ? running : [bundle[1]];
  const [pluginId] = ids.length === 1 ? ids : [];
  const blocked = blockedURI.slice(0, BLOCKED_CHARS);
  const message = `${ids.join(' or ') || 'the host'}: the page's policy refused ${blocked} (${directive})`;
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
      body: stringify({ events: [{ name: code, props: { directive, blocked, line } }] }),
      pluginId,
    })
    .then((response) => response.body?.cancel())
    .catch(() => {});
}
