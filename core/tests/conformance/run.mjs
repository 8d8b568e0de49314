// Runs the public suites on both hosts and prints a table. Exit code 1: a row is wrong, or the hosts differ.
//
//   node core/tests/conformance/run.mjs FOLDER [--write FILE] -- NATIVE-CONSOLE... -- WASM-CONSOLE...
import { writeFileSync } from 'node:fs';
import { askConsole } from './console_host.mjs';
import { DEPARTURES } from './departures.mjs';
import { report } from './report.mjs';
import { readSuites } from './suites.mjs';

const argv = process.argv.slice(2);
const first = argv.indexOf('--');
const second = argv.indexOf('--', first + 1);
const [folder, ...options] = argv.slice(0, first);
const hosts = [
  { name: 'native', command: argv.slice(first + 1, second) },
  { name: 'WASM', command: argv.slice(second + 1) },
];

const complaints = [];
const results = [];
for (const { name, file, rows } of readSuites(folder)) {
  const lines = rows.map(({ line }) => line);
  const known = new Set(DEPARTURES.filter((each) => each.file === file).flatMap((each) => each.rows));
  const answers = await Promise.all(hosts.map(({ command }) => askConsole(command, lines)));
  const right = hosts.map((host, at) => {
    let count = 0;
    rows.forEach((row, index) => {
      const wrong = row.wrong(JSON.parse(answers[at][index]));
      if (wrong === null) count += 1;
      if ((wrong === null) !== known.has(row.id)) return;
      complaints.push(`${name}, ${host.name}, ${row.id}: ${wrong ?? 'right, but listed as a departure'}`);
    });
    return count;
  });
  const differ = rows.filter((_, index) => answers[0][index] !== answers[1][index]);
  complaints.push(...differ.map(({ id }) => `${name}, ${id}: native and WASM give different answers`));
  results.push({ name, file, rows: rows.length, right, departures: known.size, differ: differ.length });
}

const { table, page } = report(
  results,
  hosts.map(({ name }) => name),
);
process.stdout.write(table);
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else if (options[0] === '--write') writeFileSync(options[1], page);
