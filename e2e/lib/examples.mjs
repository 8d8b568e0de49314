// What an example of the documents needs to run.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The built server. */
export const binary = process.env.PORTCULLIS_BFF ?? join(root, 'build/release/native-host/portcullis-bff');
if (!existsSync(binary)) throw new Error(`no server at ${binary}: run \`npm run build\`, or set PORTCULLIS_BFF`);

/** The smallest configuration that serves a user, without plugins.yaml. */
export const NEEDED = {
  'settings.yaml': 'experience_version: "1.4.0"\nlab_login: { enabled: true }\n',
  'idps.yaml': 'idps: [{ name: lab }]\n',
  'users.yaml': 'users: [{ user: viewer, password: viewer, roles: [viewer], tenants: [localhost], idp: lab }]\n',
  'policy.yaml': 'rules: [{ id: all, effect: permit, action: [view] }]\n',
};

/** A plugins.yaml with one entry in one tenant. */
export function entry(code) {
  const lines = code.trimEnd().split('\n');
  return `tenants:\n  localhost:\n    - ${lines.join('\n      ')}\n`;
}
