export interface CodeBlock {
  readonly file: string;
  readonly lang: string;
  readonly name: string | null;
  readonly line: number;
  readonly code: string;
  readonly after: CodeBlock | null;
}
export function documents(): { readonly file: string; readonly blocks: readonly CodeBlock[] }[];
export function codeBlocks(text: string, file: string): CodeBlock[];
export function shownCommands(
  blocks: readonly CodeBlock[],
): { readonly command: string; readonly output: string; readonly place: string }[];
