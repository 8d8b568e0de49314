// biome-ignore-all lint/correctness/useHookAtTopLevel: it is never called.
// biome-ignore-all lint/correctness/noComponentHookFactories: what has to compile is never rendered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BundleError,
  type Code,
  type DeniedError,
  type Host,
  type HostState,
  LIMITS,
  type PluginManifest,
  type PluginSdk,
} from 'portcullis';
import { CODES } from 'portcullis/core';
import { definePlugin, type WidgetProps } from 'portcullis/plugin';
import type { PortcullisProviderProps } from 'portcullis/react';
import { Component, forwardRef, lazy, memo } from 'react';

// Code that must compile, and code that must not. tsc is the test; running it only shows that the file is included.
function compileTime(host: Host, sdk: PluginSdk, state: HostState, denied: DeniedError, bundle: BundleError): void {
  const code: Code = denied.code;
  // A switch over a narrow union is checked for completeness.
  switch (bundle.code) {
    case 'SDK_BUNDLE_FAILED':
    case 'SDK_INTEGRITY_UNREADABLE':
    case 'SDK_COMPONENT_MISSING':
    case 'SDK_COMPONENT_UNSUPPORTED':
      break;
    default:
      ((never: never) => never)(bundle.code);
  }
  // @ts-expect-error no such code
  const wrong: Code = 'NOT_A_CODE';
  // @ts-expect-error snapshots are read-only
  state.routes.push();
  // @ts-expect-error snapshots are read-only
  state.status = 'ready';
  const hears: 'open' | 'waiting' | 'off' = state.events;
  // @ts-expect-error the CSRF token is not part of the page's session
  state.session?.csrfToken;
  // @ts-expect-error the host sets the credentials
  void sdk.api.fetch('/x', { credentials: 'omit' });
  const query = sdk.api.useQuery<{ total: number }>('k', '/x');
  const total: number | undefined = query.data?.total;
  const stop: () => void = sdk.sse.subscribe('/x', (event) => event.data.length);
  const allowed: Promise<boolean> = sdk.authz.evaluate({ resource: { type: 'a', id: 'b' }, action: 'view' });
  const manifest: PluginManifest = {
    id: 'a',
    version: '1.0.0',
    engine: { experience: '*' },
    permissions: {
      api: [
        {
          method: 'GET',
          path: '/x/:id/:kind/:sku',
          params: { id: 'uuid', kind: ['a', 'b'], sku: { regex: '[a-z]+' } },
        },
      ],
    },
  };
  // @ts-expect-error a manifest requires engine
  const unguarded: PluginManifest = { id: 'a', version: '1.0.0' };
  const record = definePlugin({ widgets: { W: ({ sdk: own }) => own.pluginId } });
  record.widgets.W;
  definePlugin(async (own) => ({ routes: { P: ({ params }) => `${own.pluginId}${params.id}` } }));
  const Plain = ({ sdk: own }: WidgetProps) => own.pluginId;
  definePlugin({ widgets: { W: memo(Plain), V: forwardRef(Plain), U: lazy(async () => ({ default: Plain })) } });
  // @ts-expect-error the record form cannot give a class its sdk
  definePlugin({ widgets: { W: class extends Component<WidgetProps> {} } });
  definePlugin(() => ({ widgets: { W: class extends Component {} } }));
  // @ts-expect-error a provider takes the host's handle
  const provided: PortcullisProviderProps = { host };
  // @ts-expect-error a widget gets no params
  definePlugin({ widgets: { W: ({ params }) => params } });
  void [code, wrong, hears, total, stop, allowed, manifest, unguarded, host, provided];
}

test('exports the codes and limits of the specification', () => {
  assert.equal(typeof compileTime, 'function');
  assert.equal(CODES.ALLOWLIST_VIOLATION.header, 'X-Allowlist-Violation');
  assert.equal(LIMITS.MAX_PATH_BYTES, 2048);
});
