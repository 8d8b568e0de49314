// The results as a table for the terminal, and as the page docs/conformance.md.
import { DEPARTURES } from './departures.mjs';

function aligned(cells) {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))),
  );
}

export function report(results, hosts) {
  const head = ['suite', 'rows', ...hosts.map((name) => `right, ${name}`), 'on purpose otherwise', 'hosts differ'];
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

Written by \`npm run conformance -- --write\`. The suites are public test data made by others, read from the folder that
\`CONFORMANCE_DIR\` names (default: \`../shared/conformance\`) and asked through the console of both hosts: the native
binary and the WebAssembly module. A row that is wrong, or that the hosts answer differently, fails the command.

${markdown}

Beside them, a differential test asks npm's \`semver\` and both consoles the same generated questions (ranges, versions,
pre-releases, odd spacing, numbers beyond 2^53) and allows no difference.

## Answered otherwise on purpose

${reasons.join('\n\n')}
`,
  };
}
