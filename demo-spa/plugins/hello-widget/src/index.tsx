import { definePlugin, type WidgetProps } from 'portcullis/plugin';
import { useState } from 'react';

/** Sends telemetry, the only thing that its manifest allows. */
function HelloWidget({ sdk }: WidgetProps) {
  const [waves, setWaves] = useState(0);

  function wave(): void {
    setWaves((before) => before + 1);
    sdk.telemetry.track('hello-widget.waved', { total: waves + 1 });
  }

  return (
    <section aria-labelledby="hello-widget-only" className="nf-card" data-testid="hello-widget-only">
      <div className="nf-head">
        <h2 className="nf-title" id="hello-widget-only">
          Hello widget
        </h2>
        <span className="nf-badge" data-tone="flux">
          {sdk.pluginId}
        </span>
      </div>
      <p className="nf-muted">Counts waves and reports them to the server in batches.</p>
      <div className="nf-row">
        <button className="nf-button" onClick={wave} type="button">
          Wave
        </button>
        <span aria-live="polite" className="nf-number">
          {waves}
        </span>
      </div>
    </section>
  );
}

export default definePlugin({ widgets: { HelloWidget } });
