import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildFailure, build } from 'esbuild';

/** How esbuild bundles for a page: for finding out what a module exports, and for the shared modules themselves. */
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
/** Keys of a CommonJS module that are about the module. */
const ABOUT = new Set(['default', '__esModule', 'module.exports']);
/** Not names that can be declared. */
const WORDS = new Set(
  'arguments await break case catch class const continue debugger delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  ),
);

/** What a module exports under the build that a page gets. */
export interface ModuleExports {
  /** Whether `import name from` has something. */
  readonly hasDefault: boolean;
  /** Whether `export *` passes the names on, as it does for an ES module. */
  readonly star: boolean;
  /** Names that are known only when it runs, as those of CommonJS. */
  readonly dynamic: readonly string[];
}

const names = (value: object): string[] =>
  Object.keys(value).filter((name) => IDENTIFIER.test(name) && !ABOUT.has(name) && !WORDS.has(name));

/** A CommonJS module as Node has it; null when it does not run here, as one that wants a window. */
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

/** What is assigned to `exports` anywhere in the text: too many names rather than too few. */
function assigned(text: string): string[] {
  const found = [...text.matchAll(/\bexports\d*\.([A-Za-z_$][\w$]*)\s*=[^=]/g)].map(([, name]) => [name, true]);
  return names(Object.fromEntries(found) as object);
}

/**
 * What shared modules export, in the file that the page's build takes: many packages have an ES build for bundlers
 * and a CommonJS build for Node, with other exports. Throws an Error that names a module that cannot be found.
 */
export async function moduleExports(ids: readonly string[], root: string): Promise<ReadonlyMap<string, ModuleExports>> {
  const result = await build({
    ...PAGE,
    // By position: what is imported stays a bare name here.
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
          // As an import, not as a file of this name in the folder.
          esbuild.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' ? esbuild.resolve(path, { kind: 'import-statement', resolveDir: root }) : null,
          );
        },
      },
    ],
  }).catch((failure: BuildFailure) => {
    const why = failure.errors?.map(({ text }) => text).join('; ') ?? String(failure);
    throw new Error(`portcullisVendor: a module that is shared with plugins cannot be bundled: ${why}`);
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
    // `export *` of a CommonJS module: esbuild passes its names on only when it runs.
    const more = text.includes('__reExport(') ? await imported(file) : [];
    const dynamic = more.filter((each) => !exports.includes(each));
    found.set(id, { star: true, hasDefault: exports.includes('default'), dynamic });
  }
  return found;
}

/** The source of a shared module's entry: everything that the module exports, under the names that are imported. */
export function entrySource(id: string, { star, hasDefault, dynamic }: ModuleExports): string {
  const from = JSON.stringify(id);
  return [
    ...(star ? [`export * from ${from};`] : []),
    ...(hasDefault ? [`import shared from ${from};`, 'export default shared;'] : []),
    ...(dynamic.length > 0 ? [`import * as all from ${from};`, `export const { ${dynamic.join(', ')} } = all;`] : []),
    '',
  ].join('\n');
}
