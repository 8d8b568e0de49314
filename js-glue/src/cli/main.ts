import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runConsole } from './console.js';
import { runValidate } from './validate.js';

const HELP = `portcullis: the core of the plugin platform, at a prompt

  portcullis console             reads one JSON object per line on stdin, answers one line each
  portcullis validate FILE...    checks manifests (JSON: one, or a list); exit 1 when one has an error
  portcullis --version
  portcullis --help

Examples
  echo '{"op":"path.canonicalize","target":"/a/../b?q"}' | portcullis console
  portcullis validate manifest.json
`;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function main(): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    console.error(`portcullis: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [command, ...rest] = positionals;
  if (values.version) {
    console.log(version());
    return 0;
  }
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  switch (command) {
    case 'console':
      return runConsole(process.stdin, process.stdout);
    case 'validate':
      return runValidate(rest);
    default:
      console.error(command === undefined ? HELP : `portcullis: there is no command ${command}\n\n${HELP}`);
      return 2;
  }
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
    },
  });
}

process.exitCode = await main();
