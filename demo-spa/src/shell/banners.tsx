import { useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { host } from '../host/host.ts';
import { isReloading } from '../host/reload_when_stale.ts';
import { Button } from '../ui/button.tsx';
import { Banner } from '../ui/feedback.tsx';

/**
 * Shows what everybody must know: plugin signatures are not verified, the policy cannot be asked, or the page has
 * lost the connection to the server's events.
 */
export function Banners(): ReactNode {
  const status = useHostState((state) => state.status);
  const events = useHostState((state) => state.events);
  const stale = useHostState((state) => state.stale);
  const tier = useHostState((state) => state.tier);
  const unsigned = useHostState((state) => state.session?.dev.unsigned === true);
  return (
    <>
      {unsigned ? (
        <Banner persistent tone="warn">
          <p data-testid="dev-mode">
            <strong>Development mode.</strong> Plugin signatures are not checked on this machine.
          </p>
        </Banner>
      ) : null}
      {tier === 'page' ? (
        <Banner persistent tone="warn">
          <p data-testid="tier-page">
            <strong>The gate runs in this page.</strong> Its worker could not be started, so plugins share its realm.
          </p>
        </Banner>
      ) : null}
      {status === 'pdp-unavailable' ? (
        <Banner tone="bad">
          <p>
            <strong>The policy decision point does not respond.</strong> No plugin is mounted until it does. This page
            retries automatically.
          </p>
          <Button icon="refresh" onPress={() => void host.refresh()}>
            Retry now
          </Button>
        </Banner>
      ) : null}
      {stale && !isReloading() ? (
        <Banner tone="bad">
          <p>
            <strong>This page can no longer prove its identity.</strong> The server refuses its calls until the page is
            reloaded.
          </p>
          <Button icon="refresh" onPress={() => location.reload()}>
            Reload
          </Button>
        </Banner>
      ) : null}
      {events === 'waiting' ? (
        <Banner tone="warn">
          <p>
            <strong>The connection to the server&apos;s events is lost.</strong> Changes on the server appear here once
            it is restored. This page reconnects automatically.
          </p>
        </Banner>
      ) : null}
    </>
  );
}
