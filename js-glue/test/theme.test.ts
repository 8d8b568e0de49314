import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyTheme, type Theme, themeVariables } from '../dist/index.js';
import { readTheme, sameTheme } from '../dist/theme.js';

test('converts tokens to custom properties and ignores invalid ones', () => {
  const theme = readTheme({
    name: 'Neon Flux',
    tokens: { 'color.accent': '#7c5cff', 'space.1': 4, bad: {}, 'x;y': 'z' },
    dark: { 'color.accent': '#fff' },
  });
  assert.ok(theme !== null);
  assert.deepEqual(themeVariables(theme, 'light'), { '--color-accent': '#7c5cff', '--space-1': '4' });
  assert.equal(themeVariables(theme, 'dark')['--color-accent'], '#fff');
  assert.equal(readTheme(null), null);
  assert.equal(readTheme([1]), null);
  assert.equal(readTheme({ theme: { name: 'inner' } })?.name, 'inner');
});

test('removes properties that a later theme does not set', () => {
  const set = new Map<string, string>();
  const style = {
    setProperty: (name: string, value: string) => set.set(name, value),
    removeProperty: (name: string) => set.delete(name),
  };
  const element = { style } as unknown as HTMLElement;
  const theme = (tokens: Record<string, string>) => ({ name: '', tokens, dark: {}, light: {} });
  applyTheme(element, theme({ a: '1', b: '2' }), 'light');
  applyTheme(element, theme({ b: '3' }), 'light');
  assert.deepEqual([...set], [['--b', '3']]);
});

test('compares themes regardless of the order of their tokens', () => {
  const of = (theme: object) => readTheme({ name: 'Neon Flux', tokens: { a: '1', b: '2' }, ...theme }) as Theme;
  assert.ok(sameTheme(of({}), of({ tokens: { b: '2', a: '1' } })));
  for (const other of [
    { name: 'Other' },
    { tokens: { a: '1' } },
    { tokens: { a: '1', c: '2' } },
    { dark: { a: '1' } },
  ]) {
    assert.equal(sameTheme(of({}), of(other)), false, JSON.stringify(other));
    assert.equal(sameTheme(of(other), of({})), false, JSON.stringify(other));
  }
});
