import { createPublicKey, sign } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCore } from '../core/index.js';
import { readSignature, type SignatureForm, writeSignature } from './signature_text.js';
import { keyId, readPrivateKey, readPublicKey, SigningError, verifies } from './signing_keys.js';
import { isStatement, statementOf } from './statement.js';
import { readText } from './text_file.js';

/** What is signed, and the default path of its signature without the extension. */
interface Subject {
  readonly what: 'bundle' | 'manifest';
  readonly bytes: Uint8Array;
  readonly beside: string;
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined) throw new SigningError(`--${option} is required; see \`portcullis --help\``);
  return value;
}

async function subjectsOf(bundleFile: string, manifestFile: string | undefined): Promise<Subject[]> {
  const bundle = readFileSync(bundleFile);
  if (isStatement(bundle)) {
    // Signing it as a bundle would produce a valid signature of its manifest.
    throw new SigningError(`${bundleFile} is a manifest statement, not a bundle`);
  }
  const subjects: Subject[] = [{ what: 'bundle', bytes: bundle, beside: bundleFile }];
  if (manifestFile !== undefined) {
    const bytes = statementOf(await loadCore(), readText(manifestFile), manifestFile, bundle);
    subjects.push({ what: 'manifest', bytes, beside: join(dirname(bundleFile), 'manifest') });
  }
  return subjects;
}

/** Signs a bundle, and its manifest if one is given. */
export async function runSign(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      key: { type: 'string' },
      bundle: { type: 'string' },
      manifest: { type: 'string' },
      out: { type: 'string' },
      form: { type: 'string', default: 'base64' },
    },
  });
  if (values.form !== 'base64' && values.form !== 'sigstore') {
    throw new SigningError('--form must be base64 or sigstore');
  }
  const form: SignatureForm = values.form;
  const key = readPrivateKey(needed(values.key, 'key'), process.env.PORTCULLIS_PASSPHRASE || undefined);
  const id = keyId(createPublicKey(key));
  for (const { what, bytes, beside } of await subjectsOf(needed(values.bundle, 'bundle'), values.manifest)) {
    const place = values.out === undefined ? beside : join(values.out, basename(beside));
    const file = place + (form === 'sigstore' ? '.sigstore.json' : '.sig');
    writeFileSync(file, writeSignature(form, sign('sha256', bytes, key), bytes, id));
    console.log(`${file}: ${what}, signed with key ${id}`);
    // A signature does not contain what it signs. With the text beside it, a server can report what differs.
    if (what === 'manifest') writeFileSync(`${place}.statement`, bytes);
  }
  return 0;
}

/** Prints the text that is signed for a manifest, so that another tool can sign it. */
export async function runStatement(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { bundle: { type: 'string' }, manifest: { type: 'string' } },
  });
  const subjects = await subjectsOf(needed(values.bundle, 'bundle'), needed(values.manifest, 'manifest'));
  process.stdout.write(subjects[1]?.bytes ?? '');
  return 0;
}

function findSignature(given: string | undefined, beside: string): string | null {
  const places = given === undefined ? [`${beside}.sig`, `${beside}.sigstore.json`] : [given];
  const file = places.find(existsSync);
  return file === undefined ? null : readText(file);
}

/** Verifies signatures as the server does at load, except for dates and revocation, which are in settings.yaml. */
export async function runVerify(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      key: { type: 'string', multiple: true },
      bundle: { type: 'string' },
      manifest: { type: 'string' },
      'bundle-signature': { type: 'string' },
      'manifest-signature': { type: 'string' },
    },
  });
  const files = values.key ?? [];
  if (files.length === 0) needed(undefined, 'key');
  const keys = files.map((file) => readPublicKey(readText(file), file));
  let failures = 0;
  for (const { what, bytes, beside } of await subjectsOf(needed(values.bundle, 'bundle'), values.manifest)) {
    const text = findSignature(values[`${what}-signature`], beside);
    const der = text === null ? null : readSignature(text, bytes);
    const by = der === null ? undefined : keys.find((key) => verifies(key, bytes, der));
    if (by !== undefined) {
      console.log(`${what}: ok, signed with key ${keyId(by)}`);
      continue;
    }
    failures += 1;
    const code = `${what.toUpperCase()}_SIGNATURE_${text === null ? 'MISSING' : 'INVALID'}`;
    console.log(`${what}: ${code}${text === null ? `: looked for ${beside}.sig and ${beside}.sigstore.json` : ''}`);
  }
  return failures === 0 ? 0 : 1;
}
