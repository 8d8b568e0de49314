import type { ReactNode } from 'react';
import { useActivity } from '../../hooks/use_activity.ts';

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** What has happened on this page since it was opened, newest first. */
export function EventLog(): ReactNode {
  const activity = useActivity();
  return (
    <section aria-labelledby="event-log" className="nf-card">
      <h2 className="nf-title" id="event-log">
        Event log
      </h2>
      {activity.length === 0 ? (
        <p className="nf-muted">Nothing yet. Changes appear here without a reload.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be focusable
        <ol aria-labelledby="event-log" className="log" tabIndex={0}>
          {activity.map((entry) => (
            <li key={entry.id}>
              <time dateTime={entry.at.toISOString()}>{TIME.format(entry.at)}</time>
              <span aria-hidden="true" className="log-dot" data-tone={entry.tone} />
              <div>
                <p>{entry.title}</p>
                {entry.body === undefined ? null : <p className="nf-muted">{entry.body}</p>}
              </div>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
