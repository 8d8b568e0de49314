import { QueryClientProvider } from '@tanstack/react-query';
import { PortcullisProvider } from 'portcullis/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app.tsx';
import { watchActivity } from './host/activity.ts';
import { host, queryClient } from './host/host.ts';
import { reloadWhenStale } from './host/reload_when_stale.ts';
import './styles/index.css';
import { Toasts, toast } from './ui/toasts.tsx';

watchActivity(host, toast);
reloadWhenStale(host);
void host.start();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <PortcullisProvider host={host.handle} queryClient={queryClient}>
        <BrowserRouter>
          <App />
        </BrowserRouter>
        <Toasts />
      </PortcullisProvider>
    </QueryClientProvider>
  </StrictMode>,
);
