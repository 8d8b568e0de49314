import { loadCore, type PolicyHandle } from '../../dist/core/index.js';
import { PluginGate } from '../../dist/gate/plugin_gate.js';
import { localPorts } from '../../dist/gate/port.js';
import type { PluginSdk } from '../../dist/plugin/types.js';
import { PluginClient } from '../../dist/plugin_client.js';
import { createPluginSdk } from '../../dist/plugin_sdk.js';
import type { Telemetry } from '../../dist/telemetry.js';
import { Transport } from '../../dist/transport.js';
import { FakePage } from './page.js';
import { manifest } from './server.js';

/** Both sides of one instance: the page's sdk, and what the gate keeps. */
export interface PluginInstance {
  readonly sdk: PluginSdk;
  readonly telemetry: Telemetry;
  close(): void;
}

/** Creates both sides of a plugin instance, in one realm. */
export function createInstance(parts: Omit<ConstructorParameters<typeof PluginGate>[0], 'port'>): PluginInstance {
  const [own, given] = localPorts();
  const gate = new PluginGate({ ...parts, port: own });
  const client = new PluginClient(parts.pluginId, parts.env, given);
  const close = (): void => {
    gate.close();
    client.close();
  };
  return { sdk: createPluginSdk(client, () => null), telemetry: gate.telemetry, close };
}

export interface PluginBench {
  readonly page: FakePage;
  readonly instance: PluginInstance;
  readonly policy: PolicyHandle;
  unauthorized: number;
}

/** One plugin's sdk over the real core and a fake page. */
export async function pluginBench(
  id = 'sales',
  more: Record<string, unknown> = {},
  page = new FakePage(),
): Promise<PluginBench> {
  const core = await loadCore();
  const compiled = core.compile(JSON.stringify(manifest(id, more)));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const bench = { page, policy: compiled.policy, unauthorized: 0 } as PluginBench & { instance: PluginInstance };
  const transport = new Transport(page.environment, {
    csrfToken: 'csrf-1',
    person: 'viewer',
    onUnauthorized: () => {
      bench.unauthorized += 1;
    },
    renewToken: async () => false,
  });
  bench.instance = createInstance({
    pluginId: id,
    core,
    env: page.environment,
    transport,
    policy: compiled.policy,
    ledger: core.createLedger(),
  });
  return bench;
}
