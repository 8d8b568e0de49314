import type { Core, SubscriptionLedger } from '../core/index.js';
import { BundleError, PluginError } from '../errors.js';
import type { HostPublisher } from '../host_publisher.js';
import type { HostEnvironment } from '../host_types.js';
import type { HostProblem } from '../problems.js';
import type { Entry, Registry } from '../registry.js';
import type { Transport } from '../transport.js';
import { PluginGate } from './plugin_gate.js';
import { localPorts, messagePort } from './port.js';
import { Moved } from './rpc.js';

/** The parts of the gate that opening a plugin uses. */
export interface OpeningParts {
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly registry: Registry;
  readonly ledger: SubscriptionLedger;
  readonly publisher: HostPublisher;
}

/** What the page gets for a plugin that it may load. */
export interface OpenedPlugin {
  /** Numbers the instance: a plugin that is loaded again is another one. */
  readonly instance: number;
  /** The canonical target of the bundle, and a hash that a browser enforces. */
  readonly target: string;
  readonly integrity: string;
  /** The port of this plugin's sdk. */
  readonly port: unknown;
}

/** Opens an instance of a plugin whose contributions are permitted, with a port of its own. */
export function openPlugin(parts: OpeningParts, entry: Entry, copies: boolean): Moved {
  const { registry, publisher } = parts;
  const { policy } = entry;
  if (entry.rejection !== null || policy === null || entry.routes.length + entry.widgets.length === 0) {
    throw loadRefusal(entry);
  }
  registry.closeInstance(entry);
  const bundle = usableBundle(parts, entry);
  const channel = copies ? new MessageChannel() : null;
  const [own, given] = channel === null ? localPorts() : [messagePort(channel.port1), channel.port2];
  const gate = new PluginGate({
    ...parts,
    port: own,
    pluginId: entry.id,
    policy,
    report: (problem) => publisher.report(problem),
  });
  entry.instance = gate;
  registry.setState(entry, 'loading');
  publisher.publish();
  const opened: OpenedPlugin = { instance: gate.instance, ...bundle, port: given };
  return new Moved(opened, channel === null ? [] : [channel.port2]);
}

/** The page has imported the bundle of an instance. Ignored if the instance was closed meanwhile. */
export function bundleLoaded({ registry, publisher }: OpeningParts, instance: number): boolean {
  const entry = registry.instanceOf(instance);
  if (entry === null) return false;
  registry.setState(entry, 'loaded');
  publisher.publish();
  return true;
}

/** The bundle of an instance could not be used. Ignored if the instance was closed meanwhile. */
export function bundleFailed({ registry, publisher }: OpeningParts, instance: number, problem: HostProblem): boolean {
  const entry = registry.instanceOf(instance);
  if (entry === null) return false;
  registry.closeInstance(entry);
  registry.setState(entry, 'failed', problem);
  publisher.report(problem);
  return true;
}

/** Like `bundleOf`; a bundle that may not be imported fails the plugin. */
function usableBundle(
  { core, registry, publisher }: OpeningParts,
  entry: Entry,
): { target: string; integrity: string } {
  try {
    return bundleOf(core, entry);
  } catch (error) {
    const { code, message } = error as BundleError;
    const problem: HostProblem = { code, severity: 'error', pluginId: entry.id, message, cause: error };
    registry.setState(entry, 'failed', problem);
    publisher.report(problem);
    throw error;
  }
}

/** What the page may import. A browser ignores a hash that it cannot read, so the core reads it first. */
function bundleOf(core: Core, { id, manifest }: Entry): { target: string; integrity: string } {
  const { url, integrity } = manifest.bundle;
  const readable = core.integrity.parseWire(integrity);
  if (!readable.ok) {
    const message = `${id} is not imported: its hash is not a single sha256-BASE64 value (${readable.code})`;
    throw new BundleError('SDK_INTEGRITY_UNREADABLE', id, message);
  }
  const canonical = core.canonicalize(url);
  if (!canonical.ok || canonical.path !== '/api/plugins/bundle') {
    throw new BundleError('SDK_BUNDLE_FAILED', id, `${id} has no bundle URL on this origin`);
  }
  return { target: canonical.target, integrity };
}

function loadRefusal({ id, rejection, record }: Entry): PluginError {
  const message = record.problem?.message ?? `${id} is ${record.state}`;
  if (record.state === 'quarantined') return new PluginError('PLUGIN_QUARANTINED', id, message);
  if (record.state === 'incompatible') return new PluginError('SDK_INCOMPATIBLE', id, message);
  return new PluginError(rejection === null ? 'SDK_PDP_DENIED' : 'MANIFEST_INVALID', id, message);
}
