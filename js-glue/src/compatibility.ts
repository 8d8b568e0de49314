import type { Core } from './core/index.js';
import type { PluginManifest } from './manifest.js';
import type { HostProblem } from './problems.js';

/** Whether this host can run the plugin, and the problem to report. */
export interface CompatibilityVerdict {
  readonly compatible: boolean;
  readonly problem: HostProblem | null;
}

/** Checks `engine.experience` against the host's version. The core decides. */
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
        message: `${manifest.id} ${manifest.version} requires Experience ${range}; this host is ${hostVersion || 'of unknown version'}`,
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
          message: `${manifest.id} ${manifest.version} requires Experience ${range}; the pre-release ${hostVersion} is allowed although it is outside that range`,
        }
      : null,
  };
}
