import { useEffect } from 'react';

/** Sets the document's title, which tabs and screen readers show; null leaves it unchanged. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = `${title} · Experience`;
  }, [title]);
}
