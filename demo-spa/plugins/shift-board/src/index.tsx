import { definePlugin, type WidgetProps } from 'portcullis/plugin';
import { useState } from 'react';

interface Shift {
  readonly furnace: string;
  readonly lead: string;
  readonly from: string;
  readonly to: string;
  readonly state: 'running' | 'relining' | 'planned';
}

interface Board {
  readonly day: string;
  readonly shifts: readonly Shift[];
}

const DAYS = ['today', 'tomorrow'] as const;
const TONES = { running: 'ok', relining: 'warn', planned: 'flux' } as const;

function ShiftBoard({ sdk }: WidgetProps) {
  const [day, setDay] = useState<(typeof DAYS)[number]>('today');
  const board = sdk.api.useQuery<Board>(['shifts', day], `/api/shifts/${day}`);
  return (
    <section aria-labelledby="shift-board" className="nf-card nf-wide" data-testid="shift-board">
      <div className="nf-head">
        <h2 className="nf-title" id="shift-board">
          Shift board
        </h2>
        {DAYS.map((one) => (
          <button
            aria-pressed={one === day}
            className="nf-button"
            data-variant={one === day ? 'primary' : 'plain'}
            key={one}
            onClick={() => setDay(one)}
            type="button"
          >
            {one}
          </button>
        ))}
      </div>
      {board.error === null ? null : <p role="alert">{board.error.message}</p>}
      {board.data === undefined ? (
        <p role="status">Loading the board…</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on a phone, so it must be focusable
        <section aria-label="Shifts" className="nf-scroll" tabIndex={0}>
          <table aria-labelledby="shift-board" className="nf-table">
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Lead</th>
                <th scope="col">Hours</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {board.data.shifts.map((shift) => (
                <tr key={shift.furnace}>
                  <th scope="row">{shift.furnace}</th>
                  <td>{shift.lead}</td>
                  <td className="nf-mono">
                    {shift.from}–{shift.to}
                  </td>
                  <td>
                    <span className="nf-badge" data-tone={TONES[shift.state]}>
                      {shift.state}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

export default definePlugin({ widgets: { ShiftBoard } });
