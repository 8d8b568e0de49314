// The examples of the documentation, for the tests that compile and run them. A fence's info string is the language
// and, if the example is a file, its name: ```yaml settings.yaml. A `json` or `text` block that follows an `sh`
// block, with only blank lines between, is the output of its commands, one line each.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every document whose examples are tested. ADRs are not: they describe the past. */
export function documents() {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return [
    ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'js-glue/README.md'],
    ...docs.map((name) => `docs/${name}`),
  ].map((file) => ({ file, blocks: codeBlocks(readFileSync(join(root, file), 'utf8'), file) }));
}

/** The fenced blocks of a Markdown text. `line` is the line number of the first line of code. */
export function codeBlocks(text, file) {
  const blocks = [];
  let open = null;
  let previous = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (open === null) {
      const fence = /^```(\S*)(?: +(\S+))?\s*$/.exec(line);
      if (fence) {
        open = { file, lang: fence[1], name: fence[2] ?? null, line: index + 2, code: [], after: previous };
      } else if (line.trim() !== '') previous = null;
    } else if (/^```\s*$/.test(line)) {
      previous = { ...open, code: open.code.map((each) => `${each}\n`).join('') };
      blocks.push(previous);
      open = null;
    } else open.code.push(line);
  }
  if (open !== null) throw new Error(`${file}:${open.line - 1}: the code block is never closed`);
  return blocks;
}

/** The commands of `sh` blocks whose output is shown, with the expected output. */
export function shownCommands(blocks) {
  return blocks
    .filter(({ lang, after }) => (lang === 'json' || lang === 'text') && after?.lang === 'sh')
    .flatMap(({ code: output, after: { code, file, line } }) =>
      code
        .split('\n')
        .map((command, index) => ({ command, output, place: `${file}:${line + index}` }))
        .filter(({ command }) => command.trim() !== '' && !command.startsWith('#')),
    );
}
