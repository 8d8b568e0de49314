import { type Core, loadCore, type ManifestProblem } from '../core/index.js';
import { jsonPositions, positionOf } from './json_positions.js';
import { readText, TextFileError } from './text_file.js';

/** Returns the problems of a manifest text, each with its line and column. */
export function validateText(
  core: Core,
  text: string,
): readonly (ManifestProblem & { line: number; column: number })[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The core's message contains the line and the column.
    return check(core, text).map((problem) => ({ ...problem, ...placeIn(problem.message) }));
  }
  const positions = jsonPositions(text);
  // The original text, not the parsed value, so that duplicate keys are found.
  const problems = Array.isArray(parsed)
    ? parsed.flatMap((manifest, index) =>
        check(core, JSON.stringify(manifest)).map((problem) => ({
          ...problem,
          pointer: `/${index}${problem.pointer}`,
        })),
      )
    : check(core, text);
  return problems.map((problem) => ({ ...problem, ...positionOf(positions, problem.pointer) }));
}

function check(core: Core, text: string): readonly ManifestProblem[] {
  const compiled = core.compile(text);
  if (compiled.ok) compiled.policy.free();
  return compiled.problems;
}

function placeIn(message: string): { line: number; column: number } {
  const found = /line (\d+),? column (\d+)/.exec(message);
  return { line: Number(found?.[1] ?? 1), column: Number(found?.[2] ?? 1) };
}

/**
 * Prints `FILE:LINE:COLUMN: severity CODE pointer: message` for each problem. Returns 1 if one is an error, 2 if a
 * file cannot be read.
 */
export async function runValidate(files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    console.error('portcullis: validate needs the path of a manifest');
    return 2;
  }
  const core = await loadCore();
  let errors = 0;
  for (const file of files) {
    if (/\.ya?ml$/i.test(file)) {
      console.error(
        `portcullis: ${file} is YAML; this command reads JSON, \`portcullis-bff check --config DIR\` reads YAML`,
      );
      return 2;
    }
    let text: string;
    try {
      text = readText(file);
    } catch (error) {
      if (error instanceof TextFileError) {
        console.log(`${file}:1:1: error JSON_SYNTAX: The file ${error.reason}.`);
        errors += 1;
        continue;
      }
      console.error(`portcullis: ${file} cannot be read: ${(error as Error).message}`);
      return 2;
    }
    const problems = validateText(core, text);
    for (const { severity, code, pointer, message, line, column } of problems) {
      if (severity === 'error') errors += 1;
      console.log(`${file}:${line}:${column}: ${severity} ${code}${pointer === '' ? '' : ` ${pointer}`}: ${message}`);
    }
    if (!problems.some((problem) => problem.severity === 'error')) console.log(`${file}: ok`);
  }
  return errors === 0 ? 0 : 1;
}
