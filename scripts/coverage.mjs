// npm run coverage [-- --write]: line coverage of core/ by its GoogleTest binary, and the lines that no test runs.
// Fails below 95 %. --write updates docs/coverage.md.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { buildSpec, cmakeBuild } from './lib/builds.mjs';
import { buildDir, fail, root, say, step } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

const BAR = 95;
const build = join(buildDir, 'coverage', 'core');
// Includes the tests' objects: the linker keeps an inline function from only one of the objects that contain it.
const folders = ['portcullis_core.dir/src', 'core_tests.dir/tests'].map((each) => join(build, 'CMakeFiles', each));
const counted = () =>
  folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.gcda'))
      .map((name) => join(folder, name)),
  );

await setup(['base', 'test']);
await buildSpec();
await cmakeBuild('coverage', ['core_tests']);
for (const path of counted()) rmSync(path);
await step('coverage: core_tests', join(build, 'core_tests'), ['--gtest_brief=1']);

/** For each file of the core: its lines by number, with their execution counts. */
const files = new Map();
for (const object of counted()) {
  const text = execFileSync('gcov', ['--json-format', '--stdout', '--object-directory', dirname(object), object], {
    cwd: root,
    maxBuffer: 1 << 28,
  });
  for (const { file, lines } of readReport(text)) {
    const path = file.replace(/^(\.\.\/)+/, '').replace(`${root}/`, '');
    if (!path.startsWith('core/src/') && !path.startsWith('core/include/')) continue;
    if (!files.has(path)) files.set(path, new Map());
    const counts = files.get(path);
    for (const { line_number, count } of lines) counts.set(line_number, (counts.get(line_number) ?? 0) + count);
  }
}

/** gcov 12 writes plain JSON to stdout, other versions compress it. */
function readReport(bytes) {
  const text = bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => JSON.parse(line).files);
}

const rows = [...files].sort().map(([path, counts]) => {
  const missed = [...counts].filter(([, count]) => count === 0).map(([line]) => line);
  return { path, lines: counts.size, missed: missed.sort((a, b) => a - b) };
});
const total = (of) => rows.reduce((sum, row) => sum + of(row), 0);
const lines = total((row) => row.lines);
const missed = total((row) => row.missed.length);
const percent = (of, all) => ((100 * (all - of)) / all).toFixed(1);

const table = [
  '| file | lines | covered | not covered |',
  '| --- | ---: | ---: | --- |',
  ...rows.map(
    (row) =>
      `| \`${row.path}\` | ${row.lines} | ${percent(row.missed.length, row.lines)} % | ${row.missed.join(', ')} |`,
  ),
  `| total | ${lines} | ${percent(missed, lines)} % | ${missed} lines |`,
].join('\n');
const uncovered = rows
  .filter((row) => row.missed.length > 0)
  .map((row) => {
    const source = readFileSync(join(root, row.path), 'utf8').split('\n');
    return `${row.path}\n${row.missed.map((line) => `  ${line}: ${source[line - 1].trim()}`).join('\n')}`;
  })
  .join('\n');
say(`\n${table}\n\n${uncovered}`);
if (process.argv.includes('--write')) {
  writeFileSync(
    join(root, 'docs', 'coverage.md'),
    `# Line coverage of core/

\`npm run coverage -- --write\` writes this page: the lines of \`core/\` that its own GoogleTest binary runs, measured by \`gcov\` (g++, -O0). The vectors of \`spec/\` are part of that binary; fuzzing, the conformance suites and the server's tests are not counted.

${table}

## Lines that no test runs

\`\`\`text
${uncovered}
\`\`\`
`,
  );
  say('\nwritten: docs/coverage.md');
}
if (Number(percent(missed, lines)) < BAR) fail(`coverage is below ${BAR} %`);
