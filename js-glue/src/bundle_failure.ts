import type { BundleError } from './errors.js';
import type { httpError } from './wire.js';

/**
 * Explains why a bundle's preload failed. The `error` event carries no reason, so this requests the bundle once more
 * and runs nothing.
 */
export async function explainBundleFailure(
  parts: {
    /** Requests the bundle once more. */
    readonly request: (target: string) => Promise<Response>;
    readonly BundleError: typeof BundleError;
    readonly httpError: typeof httpError;
  },
  pluginId: string,
  target: string,
): Promise<BundleError> {
  const failed = (why: string, options?: ErrorOptions): BundleError =>
    new parts.BundleError('SDK_BUNDLE_FAILED', pluginId, `${pluginId} is not imported: ${why}`, options);
  const response = await parts.request(target);
  if (response.ok) {
    await response.body?.cancel();
    return failed('its bytes do not match the hash in the manifest, or it is not a valid module');
  }
  const cause = await parts.httpError(response);
  return failed(cause.message, { cause });
}
