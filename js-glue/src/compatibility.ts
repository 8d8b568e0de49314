import type { Core } from './core/index.js';
import type { PluginManifest } from './manifest.js';
import type { HostProblem } from './problems.js';

/** Whether this host may run the plugin, and what to say about it. */
export interface CompatibilityVerdict {
  readonly compatible: boolean;
  readonly problem: HostProblem | null;
}

/** Holds `engine.experience` against the host's version, as the core judges it. */
export function checkCompatibility(core: Core, hostVersion: string, manifest: PluginManifest): CompatibilityVerdict {
  const range = manifest.engine.experience;
  const verdict = core.semver.checkEngine(hostVersion, range);
  if (!verdict.compatible) {
    return {
      compatible: false,
      problem: {
        code: 'SDK_INCOMPATIBLE',
        severity: 'error',
        pluginId: manifest.id,
        message: `${manifest.id} ${manifest.version} needs Experience ${range}; this is ${hostVersion || 'of no known version'}`,
      },
    };
  }
  return {
    compatible: true,
    problem: verdict.prereleaseBoundary
      ? {
          code: 'SDK_PRERELEASE_BOUNDARY',
          severity: 'warning',
          pluginId: manifest.id,
          message: `${manifest.id} ${manifest.version} needs Experience ${range}; the pre-release ${hostVersion} is allowed, but is outside of it`,
        }
      : null,
  };
}
