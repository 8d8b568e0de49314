import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildFailure, build } from 'esbuild';

/** esbuild options for page code, both to find a module's exports and to bundle the shared modules. */
export const PAGE = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  write: false,
} as const;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** Keys of a CommonJS module object that are not exports. */
const MODULE_KEYS = new Set(['default', '__esModule', 'module.exports']);
/** Words that cannot be declared as names. */
const RESERVED_WORDS = new Set(
  'arguments await break case catch class const continue debugger delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  ),
);

/** The exports of a module in the build that a page gets. */
export interface ModuleExports {
  /** Whether the module has a default export. */
  readonly hasDefault: boolean;
  /** Whether `export *` re-exports its names, as it does for an ES module. */
  readonly star: boolean;
  /** Names that are known only at run time, as those of CommonJS. */
  readonly dynamic: readonly string[];
}

const names = (value: object): string[] =>
  Object.keys(value).filter((name) => IDENTIFIER.test(name) && !MODULE_KEYS.has(name) && !RESERVED_WORDS.has(name));

/**
 * The exports of a CommonJS module as Node loads it; null if it does not run in Node, for example because it needs a
 * window.
 */
function required(file: string, root: string): { hasDefault: boolean; dynamic: string[] } | null {
  try {
    const value: unknown = createRequire(join(root, 'index.js'))(file);
    const keys = Object(value) as { __esModule?: boolean; default?: unknown };
    return { hasDefault: keys.__esModule !== true || 'default' in keys, dynamic: names(keys) };
  } catch {
    return null;
  }
}

async function imported(file: string): Promise<string[]> {
  try {
    return names((await import(pathToFileURL(file).href)) as object);
  } catch {
    return [];
  }
}

/** The names assigned to `exports` anywhere in the text. May contain too many names, but never too few. */
function assigned(text: string): string[] {
  const found = [...text.matchAll(/\bexports\d*\.([A-Za-z_$][\w$]*)\s*=[^=]/g)].map(([, name]) => [name, true]);
  return names(Object.fromEntries(found) as object);
}

/**
 * Finds the exports of the shared modules, in the file that the page's build uses: many packages have an ES build for
 * bundlers and a CommonJS build for Node with different exports. Throws an Error that names a module that cannot be
 * found.
 */
export async function moduleExports(ids: readonly string[], root: string): Promise<ReadonlyMap<string, ModuleExports>> {
  const result = await build({
    ...PAGE,
    // Named by position, because an import keeps its bare name here.
    entryPoints: ids.map((id, at) => ({ in: id, out: String(at) })),
    outdir: 'exports',
    absWorkingDir: root,
    metafile: true,
    logLevel: 'silent',
    loader: { '.css': 'empty' },
    plugins: [
      {
        name: 'portcullis-shared-modules',
        setup(esbuild) {
          // Resolved as an import, not as a file of this name in the folder.
          esbuild.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' ? esbuild.resolve(path, { kind: 'import-statement', resolveDir: root }) : null,
          );
        },
      },
    ],
  }).catch((failure: BuildFailure) => {
    const why = failure.errors?.map(({ text }) => text).join('; ') ?? String(failure);
    throw new Error(`portcullisVendor: a shared module cannot be bundled: ${why}`);
  });
  const found = new Map<string, ModuleExports>();
  for (const [name, { entryPoint, exports }] of Object.entries(result.metafile.outputs)) {
    const at = /^exports\/(\d+)\.js$/.exec(name)?.[1];
    const id = ids[Number(at)];
    if (at === undefined || entryPoint === undefined || id === undefined) continue;
    const file = resolve(root, entryPoint);
    const text = result.outputFiles.find(({ path }) => path.endsWith(`${at}.js`))?.text ?? '';
    if (result.metafile.inputs[entryPoint]?.format === 'cjs') {
      const known = required(file, root) ?? { hasDefault: true, dynamic: assigned(text) };
      found.set(id, { star: false, ...known });
      continue;
    }
    // `export *` from a CommonJS module: esbuild re-exports its names only at run time.
    const more = text.includes('__reExport(') ? await imported(file) : [];
    const dynamic = more.filter((each) => !exports.includes(each));
    found.set(id, { star: true, hasDefault: exports.includes('default'), dynamic });
  }
  return found;
}

/** The source of a shared module's entry, which re-exports everything that the module exports. */
export function entrySource(id: string, { star, hasDefault, dynamic }: ModuleExports): string {
  const from = JSON.stringify(id);
  return [
    ...(star ? [`export * from ${from};`] : []),
    ...(hasDefault ? [`import shared from ${from};`, 'export default shared;'] : []),
    ...(dynamic.length > 0 ? [`import * as all from ${from};`, `export const { ${dynamic.join(', ')} } = all;`] : []),
    '',
  ].join('\n');
}
