// A plugin in record form: its components get the sdk from the hook. It shows what it reads.
import { useSdk } from 'portcullis/plugin';
import { createElement as h, useEffect, useState } from 'react';

const Page = ({ navigate }) => {
  globalThis.go = navigate;
  const sdk = useSdk();
  const [secret, setSecret] = useState('...');
  useEffect(() => {
    sdk.api
      .fetch('/api/vault/shown')
      .then((response) => response.json())
      .then((body) => setSecret(body.secret));
  }, [sdk]);
  return h('div', { 'data-plugin-page': 'victim-record' }, h('output', {}, secret));
};

export default { routes: { Page } };
