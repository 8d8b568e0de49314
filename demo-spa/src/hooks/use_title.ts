import { useEffect } from 'react';

/** The document's title, as a screen reader and a tab say it; null leaves it to somebody else. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = `${title} · Experience`;
  }, [title]);
}
