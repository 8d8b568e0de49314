import type { NamedShape } from './generated/spec.js';

/** Methods that a rule may name. `GET` covers `HEAD`. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The shape of one path parameter: a named one, one of some values, or an anchored RE2 expression. */
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

/** A plugin's manifest as its author writes it. The core judges it; this type only helps to type it. */
export interface PluginManifest {
  readonly id: string;
  readonly version: string;
  readonly engine: { readonly experience: string };
  readonly contributions?: {
    readonly routes?: readonly RouteDeclaration[];
    readonly widgets?: readonly WidgetDeclaration[];
  };
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
  readonly trust?: string;
  readonly config?: unknown;
  readonly roles?: unknown;
}

/** A manifest as `GET /api/plugins/manifests` serves it: with its bundle's address and hash. */
export interface ServedManifest extends PluginManifest {
  readonly bundle: { readonly url: string; readonly integrity: string };
}
