import { defineConfig } from '@playwright/test';
import { LAUNCH } from './lib/chromium.mjs';

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? [['list']] : [['list'], ['html', { open: 'never' }]],
  use: { launchOptions: LAUNCH, trace: 'retain-on-failure', viewport: { width: 1280, height: 900 } },
});
