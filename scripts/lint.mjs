// npm run lint: generated files up to date, clang-format, clang-tidy on the core (`-- --all`: on the host, too),
// Biome, dead code (which needs the server built). `-- --fix` formats in place.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cmakeBuild } from './lib/builds.mjs';
import { deadCode } from './lib/dead_code.mjs';
import { checkRings } from './lib/rings.mjs';
import { buildDir, capture, root, step } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';
import { whenChanged } from './lib/stamp.mjs';

const tracked = (...globs) =>
  capture('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...globs])
    .split('\n')
    .filter(Boolean);

async function tidy(name, inputs, files) {
  await whenChanged(`tidy-${name}`, ['.clang-tidy', ...inputs], [], () =>
    step(`clang-tidy: ${name}`, 'bash', [
      '-c',
      `printf '%s\\0' "$@" | xargs -0 -n 1 -P ${availableParallelism()} clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p ${join(buildDir, 'release')}`,
      'clang-tidy',
      ...files,
    ]),
  );
}

/** Tables whose keys a client may choose take KeyedHash or an order: texts that collide under std::hash can be made. */
function checkHashes() {
  const unkeyed =
    /std::unordered_(?:multi)?(?:map|set)<\s*(?:const )?(?:std::string(?:_view)?|TenantPlugin)\b|std::hash<std::string/;
  const wrong = tracked('core/src/*', 'core/include/**', 'native-host/src/**', 'wasm/**')
    .filter((file) => /\.[ch]pp$/.test(file) && !file.endsWith('/keyed_hash.hpp') && !file.endsWith('/tenant_key.hpp'))
    .filter((file) => unkeyed.test(readFileSync(join(root, file), 'utf8')));
  if (wrong.length > 0) {
    throw new Error(
      `use KeyedMap, KeyedSet or TenantPluginMap (base/keyed_hash.hpp), or an ordered one: ${wrong.join(', ')}`,
    );
  }
}

/** The server's rings: includes run inward only, and there is no cycle. */
function checkIncludes() {
  const folder = 'native-host/src/';
  const files = tracked(`${folder}**`).filter((file) => /\.[ch]pp$/.test(file));
  const problems = checkRings(
    join(root, folder),
    files.map((file) => file.slice(folder.length)),
  );
  if (problems.length > 0) throw new Error(`native-host/src:\n${problems.join('\n')}`);
}

/** A private interface of a library may change with its next release. */
function checkPrivate() {
  const wrong = tracked('core/**', 'native-host/**', 'wasm/**')
    .filter((file) => /\.[ch]pp$/.test(file))
    .filter((file) =>
      /boost\/(?:\w+\/)+detail\/|\b(?:asio|beast|boost)::(?:\w+::)*detail::/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
  if (wrong.length > 0) throw new Error(`private interfaces of Boost are used in ${wrong.join(', ')}`);
}

/** Functions, variables and constants that only tests use. */
function checkDeadCode() {
  const files = tracked('core/src/*', 'core/include/**', 'native-host/src/**', 'wasm/**');
  const problems = deadCode(files.filter((file) => /\.[ch]pp$/.test(file)));
  if (problems.length > 0) throw new Error(`dead code:\n${problems.join('\n')}`);
}

export async function lint({ fix = false, all = false } = {}) {
  await step('spec: generated files are up to date', process.execPath, [
    'scripts/generate.mjs',
    ...(fix ? [] : ['--check']),
  ]);
  checkHashes();
  checkIncludes();
  checkPrivate();
  const cpp = tracked('*.cpp', '*.hpp');
  const format = fix ? ['-i'] : ['--dry-run', '--Werror'];
  await step('clang-format', 'clang-format', [...format, ...cpp]);
  await step('Biome', join(root, 'node_modules', '.bin', 'biome'), [
    fix ? 'check' : 'ci',
    ...(fix ? ['--write'] : []),
    '--colors=off',
  ]);
  // knip.json: which exports and files of JavaScript and TypeScript no program, package or page uses.
  await step('dead code: JavaScript and TypeScript', join(root, 'node_modules', '.bin', 'knip'), []);
  await cmakeBuild('release', ['portcullis-bff']);
  checkDeadCode();
  // clang-tidy 14 cannot read RE2's own logging header, which this one file needs.
  const core = tracked('core/src/*.cpp').filter((file) => file !== 'core/src/segment_regex.cpp');
  await tidy('core', ['core/src', 'core/include'], core);
  if (all) await tidy('native-host', ['native-host/src', 'core/include'], tracked('native-host/src/**/*.cpp'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setup(['base', 'test']);
  await lint({ fix: process.argv.includes('--fix'), all: process.argv.includes('--all') });
}
