import { loadCore, type PolicyHandle } from '../../dist/core/index.js';
import { createPluginSdk, type PluginInstance } from '../../dist/plugin_sdk.js';
import { Transport } from '../../dist/transport.js';
import { FakePage } from './page.js';
import { manifest } from './server.js';

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
  bench.instance = createPluginSdk({
    pluginId: id,
    core,
    env: page.environment,
    transport,
    policy: compiled.policy,
    ledger: core.createLedger(),
    queryBridge: () => null,
  });
  return bench;
}
