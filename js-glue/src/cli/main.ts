import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runConsole } from './console.js';
import { runKeygen } from './keygen.js';
import { runSign, runStatement, runVerify } from './sign.js';
import { SigningError } from './signing_keys.js';
import { runValidate } from './validate.js';

const HELP = `portcullis: the core of the plugin platform, at a prompt

  portcullis console             reads one JSON object per line on stdin, answers one line each
  portcullis validate FILE...    validates JSON manifests (one, or an array); exit 1 on an error
  portcullis keygen [--out PREFIX]
                                 creates a plugin signing key: PREFIX.key and PREFIX.pub
  portcullis sign --key KEY --bundle FILE [--manifest FILE] [--out DIR] [--form base64|sigstore]
                                 signs a bundle and its manifest; writes the files beside the bundle
  portcullis verify --key PUB [--key PUB]... --bundle FILE [--manifest FILE]
                    [--bundle-signature FILE] [--manifest-signature FILE]
                                 verifies both as the server does; exit 1 if one is not valid
  portcullis statement --bundle FILE --manifest FILE
                                 prints the text that is signed for a manifest, for other tools to sign
  portcullis --version
  portcullis --help

Examples
  echo '{"op":"path.canonicalize","target":"/a/../b?q"}' | portcullis console
  portcullis validate manifest.json
  portcullis sign --key portcullis.key --bundle index.esm.js --manifest manifest.json

Environment
  PORTCULLIS_PASSPHRASE          passphrase of the private key: keygen encrypts with it, sign decrypts
`;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

type Command = (args: readonly string[]) => number | Promise<number>;
/** Commands that parse their own options. */
const SIGNING: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['keygen', runKeygen],
  ['sign', runSign],
  ['statement', runStatement],
  ['verify', runVerify],
]);

/** Runs a signing command. Returns 2 if the command line or an input file is not valid. */
async function runSigning(run: Command, args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof SigningError) && code === undefined) throw error;
    console.error(`portcullis: ${message}`);
    return 2;
  }
}

async function main(): Promise<number> {
  const signing = SIGNING.get(process.argv[2] ?? '');
  if (signing !== undefined && !process.argv.includes('--help')) {
    return runSigning(signing, process.argv.slice(3));
  }
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
      console.error(command === undefined ? HELP : `portcullis: unknown command ${command}\n\n${HELP}`);
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
