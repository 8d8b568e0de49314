// Markdown for the pages that benchmarks write.
import { readFileSync, writeFileSync } from 'node:fs';

export const number = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));
export const times = (value) => `${value.toFixed(2)}x`;

export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

const marks = (name) => [`<!-- ${name}: written by npm run ${name} -->`, `<!-- end of ${name} -->`];

/** The section of a page that another command writes, including its markers; '' if it does not exist. */
export function sectionOf(page, name) {
  const [begin, end] = marks(name);
  const at = page.indexOf(begin);
  return at < 0 ? '' : page.slice(at, page.indexOf(end) + end.length);
}

/** Replaces that section of the file with `text`, or appends it. */
export function writeSection(file, name, text) {
  const [begin, end] = marks(name);
  const page = readFileSync(file, 'utf8');
  const section = `${begin}\n\n${text.trim()}\n\n${end}`;
  const old = sectionOf(page, name);
  writeFileSync(file, old === '' ? `${page.trimEnd()}\n\n${section}\n` : page.replace(old, () => section));
}
