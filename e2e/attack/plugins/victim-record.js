// A plugin in record form: its components get the sdk as a prop. It shows what it reads, and uses every hook.
import { createElement as h, useEffect, useState } from 'react';

const Page = ({ sdk, navigate }) => {
  globalThis.go = navigate;
  const [secret, setSecret] = useState('...');
  const [calls, setCalls] = useState(0);
  const [note] = sdk.useDraft('note', 'draft');
  const { data } = sdk.api.useQuery('asked', '/api/vault/asked');
  const { url } = sdk.api.useObjectUrl('/api/vault/picture');
  useEffect(() => {
    sdk.api
      .fetch('/api/vault/shown')
      .then((response) => response.json())
      .then((body) => setSecret(body.secret));
  }, []);
  const call = async () => {
    await (await sdk.api.fetch(`/api/vault/diary-${calls}`)).json();
    setCalls(calls + 1);
  };
  return h(
    'div',
    { 'data-plugin-page': 'victim-record' },
    h('output', { title: url ?? note }, secret, data?.secret),
    h('button', { type: 'button', onClick: call }, `Read my diary (${calls})`),
  );
};

export default { routes: { Page } };
