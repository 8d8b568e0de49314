/** A position in a text; both numbers start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Maps the JSON pointer (RFC 6901) of every value in a valid JSON text to its position, so that a problem with a
 * pointer can be reported with a line number. For a duplicate key the last position is kept. Linear in the length of
 * the text.
 */
export function jsonPositions(text: string): ReadonlyMap<string, Position> {
  const positions = new Map<string, Position>();
  let at = 0;
  let line = 1;
  let lineStart = 0;

  const skip = (): void => {
    for (; at < text.length; at += 1) {
      const unit = text[at];
      if (unit === '\n') {
        line += 1;
        lineStart = at + 1;
      } else if (unit !== ' ' && unit !== '\t' && unit !== '\r' && unit !== '\uFEFF') return;
    }
  };
  const string = (): string => {
    const start = at;
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
    at += 1;
    return JSON.parse(text.slice(start, at)) as string;
  };
  const value = (pointer: string): void => {
    skip();
    positions.set(pointer, { line, column: at - lineStart + 1 });
    const open = text[at];
    if (open === '"') {
      string();
    } else if (open === '{' || open === '[') {
      at += 1;
      const close = open === '{' ? '}' : ']';
      for (let index = 0; ; index += 1) {
        skip();
        if (text[at] === close || at >= text.length) break;
        let key = String(index);
        if (open === '{') {
          key = string().replaceAll('~', '~0').replaceAll('/', '~1');
          skip();
          at += 1;
        }
        value(`${pointer}/${key}`);
        skip();
        if (text[at] === ',') at += 1;
      }
      at += 1;
    } else {
      while (at < text.length && !/[\s,\]}]/.test(text[at] as string)) at += 1;
    }
  };
  value('');
  return positions;
}

/** Returns the position of a pointer, or of its nearest ancestor that exists. */
export function positionOf(positions: ReadonlyMap<string, Position>, pointer: string): Position {
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const found = positions.get(path);
    if (found !== undefined) return found;
    if (path === '') return { line: 1, column: 1 };
  }
}
