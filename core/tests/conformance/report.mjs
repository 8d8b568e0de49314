// The results as a table for the terminal, and as the page docs/conformance.md.
import { DEPARTURES } from './departures.mjs';

function aligned(cells) {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))),
  );
}

export function report(results, hosts) {
  const head = ['suite', 'rows', ...hosts.map((name) => `right, ${name}`), 'differs on purpose', 'hosts differ'];
  const body = results.map(({ name, rows, right, departures, differ }) =>
    [name, rows, ...right, departures, differ].map(String),
  );
  const [first, ...rest] = aligned([head, ...body]);
  const rule = first.map((cell, column) =>
    column === 0 ? '-'.repeat(cell.length) : `${'-'.repeat(cell.length - 1)}:`,
  );
  const markdown = [first, rule, ...rest].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const reasons = DEPARTURES.map(({ reason, rows }) => `${reason}\n\n${rows.map((id) => `- \`${id}\``).join('\n')}`);
  return {
    table: `${[first, ...rest].map((row) => row.join('  ')).join('\n')}\n`,
    page: `# Conformance

Written by \`npm run conformance -- --write\`. The suites are public third-party test data, read from the folder
\`CONFORMANCE_DIR\` (default: \`../shared/conformance\`) and run through the console of both hosts: the native binary
and the WebAssembly module. The command fails if a row is wrong or the hosts give different answers.

${markdown}

In addition, a differential test asks npm's \`semver\` and both consoles the same generated questions (ranges, versions,
pre-releases, odd spacing, numbers beyond 2^53) and allows no difference.

## Different on purpose

${reasons.join('\n\n')}
`,
  };
}
