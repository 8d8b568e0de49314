// A plugin in record form that hands its sdk to React itself: in a dependency list, as the linter of hooks suggests.
import { createElement as h, useEffect } from 'react';

const Page = ({ sdk, navigate }) => {
  globalThis.go = navigate;
  useEffect(() => sdk.telemetry.track('shown'), [sdk]);
  return h('div', { 'data-plugin-page': 'victim-careless' }, 'shown');
};

export default { routes: { Page } };
