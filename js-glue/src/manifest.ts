import type { NamedShape } from './generated/spec.js';

/** Methods that a rule may name. `GET` covers `HEAD`. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The shape of a path parameter: a named shape, a list of allowed values, or an anchored RE2 expression. */
export type ParamShape = NamedShape | readonly string[] | { readonly regex: string };

/** One `permissions.api` entry. */
export interface ApiRule {
  readonly method: Method;
  readonly path: string;
  readonly params?: Readonly<Record<string, ParamShape>>;
}

/** One `contributions.routes` entry: `component` names a key of the bundle's `routes` record. */
export interface RouteDeclaration {
  readonly path: string;
  readonly component: string;
  readonly resource?: string;
  readonly action?: string;
}

/** One `contributions.widgets` entry: `component` names a key of the bundle's `widgets` record. */
export interface WidgetDeclaration {
  readonly slot: string;
  readonly component: string;
  readonly resource?: string;
  readonly action?: string;
}

/** A plugin's manifest as its author writes it. The core validates it; this type only helps to write it. */
export interface PluginManifest {
  /** The plugin's id, unique in the tenant. */
  readonly id: string;
  /** Semantic version of the plugin. */
  readonly version: string;
  /** `experience`: a node-semver range that the host's version must satisfy. */
  readonly engine: { readonly experience: string };
  /** Pages and widgets. Each is mounted only if the policy permits it. */
  readonly contributions?: {
    readonly routes?: readonly RouteDeclaration[];
    readonly widgets?: readonly WidgetDeclaration[];
  };
  /** Allow-lists: `api` for calls, `sse` (path prefixes) for event streams. What is not listed is denied. */
  readonly permissions?: {
    readonly api?: readonly ApiRule[];
    readonly sse?: readonly string[];
  };
  readonly displayName?: string;
  readonly description?: string;
  readonly author?: string;
  readonly category?: string;
  readonly tags?: readonly string[];
  readonly iconUrl?: string;
  readonly features?: unknown;
  /** The requested trust tier. A host without the sandbox tier does not mount a plugin that says `sandboxed`. */
  readonly trust?: string;
  readonly config?: unknown;
  readonly roles?: unknown;
}

/** A manifest as `GET /api/plugins/manifests` returns it, with the URL and the hash of its bundle. */
export interface ServedManifest extends PluginManifest {
  readonly bundle: { readonly url: string; readonly integrity: string };
}
