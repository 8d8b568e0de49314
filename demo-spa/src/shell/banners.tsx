import { useHost, useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Banner } from '../ui/feedback.tsx';

/**
 * What everybody has to know: nobody checks who signed the plugins, the policy cannot be asked, or the page no longer
 * hears the server.
 */
export function Banners(): ReactNode {
  const host = useHost();
  const status = useHostState((state) => state.status);
  const events = useHostState((state) => state.events);
  const stale = useHostState((state) => state.stale);
  const unsigned = useHostState((state) => state.session?.dev.unsigned === true);
  return (
    <>
      {unsigned ? (
        <Banner standing tone="warn">
          <p data-testid="dev-mode">
            <strong>Development mode.</strong> Signatures of plugins are not checked on this machine.
          </p>
        </Banner>
      ) : null}
      {status === 'pdp-unavailable' ? (
        <Banner tone="bad">
          <p>
            <strong>The policy decision point does not answer.</strong> Nothing of the plugins is mounted until it does.
            This page keeps asking by itself.
          </p>
          <Button icon="refresh" onPress={() => void host.refresh()}>
            Ask now
          </Button>
        </Banner>
      ) : null}
      {stale ? (
        <Banner tone="bad">
          <p>
            <strong>This page can no longer prove whose its calls are.</strong> The server refuses them until the page
            is loaded again.
          </p>
          <Button icon="refresh" onPress={() => location.reload()}>
            Load it again
          </Button>
        </Banner>
      ) : null}
      {events === 'waiting' ? (
        <Banner tone="warn">
          <p>
            <strong>The connection to the server&apos;s events is lost.</strong> What changes there shows up here once
            it is back; this page keeps trying by itself.
          </p>
        </Banner>
      ) : null}
    </>
  );
}
