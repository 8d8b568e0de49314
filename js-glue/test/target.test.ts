import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { isPortcullisError } from '../dist/errors.js';
import { assertExact, toTarget } from '../dist/target.js';

const ORIGIN = 'https://host.test';

test('percent-encodes exactly the characters that people write unescaped', () => {
  const rows: [string, string][] = [
    ['/api/a b', '/api/a%20b'],
    ['/api/caf\u00e9/\u{1f600}', '/api/caf%C3%A9/%F0%9F%98%80'],
    ['/api/a|b^c`d{e}[f]"<>', '/api/a%7Cb%5Ec%60d%7Be%7D%5Bf%5D%22%3C%3E'],
    ['/api/%2e%2e/x', '/api/%2e%2e/x'],
    ["/api/it's?q=it's", "/api/it's?q=it%27s"],
    ['/api/x?q=a b&c=\u00fc|', '/api/x?q=a%20b&c=%C3%BC%7C'],
    ['/api\\x#y;z\t/', '/api\\x#y;z\t/'],
    ['/api/x\u00a0', '/api/x%C2%A0'],
    ['api/x', 'api/x'],
    ['', ''],
    [`${ORIGIN}/api/../x`, '/api/../x'],
  ];
  for (const [written, target] of rows) assert.equal(toTarget(written, ORIGIN), target, written);
  assert.equal(toTarget(new URL('/api/x?y', ORIGIN), ORIGIN), '/api/x?y');
});

test('rejects an address of another origin and text that is not well-formed Unicode', () => {
  for (const address of [
    'https://evil.test/api/x',
    'https://host.test.evil.test/x',
    'https://host.test@evil.test/x',
    'https://host.test:444/x',
    'http://host.test/x',
    'javascript:alert(1)',
    'data:,x',
    'blob:https://host.test/1',
    '/api/\ud800',
    '//evil.test/x',
    '/api/x ',
    ' /api/x',
    '/api/x\n',
  ]) {
    assert.throws(() => toTarget(address, ORIGIN), isTargetError, address);
  }
});

test('keeps every canonical target unchanged in the URL parser', async () => {
  const core = await loadCore();
  for (const written of [
    '/api/a b/../c d',
    "/api/it's/!$&'()*+,=:@~?it's=\"<>`{}|^[]\\",
    '/evil.test//x',
    '/api/%7e/%c3%a9?%',
    '/a?',
    '/a/./b/%2E%2e/c',
    '/api/x y',
  ]) {
    const canonical = core.canonicalize(toTarget(written, ORIGIN));
    assert.ok(canonical.ok, `${written}: ${JSON.stringify(canonical)}`);
    assert.equal(assertExact(canonical.target, ORIGIN), `${ORIGIN}${canonical.target}`);
  }
});

test('refuses a target that the URL parser would change', () => {
  for (const target of ['//evil.test/x', '/a/../b', '/a\\b', '/a\tb', 'https://evil.test/']) {
    assert.throws(() => assertExact(target, ORIGIN), isTargetError, target);
  }
});

function isTargetError(error: unknown): boolean {
  return isPortcullisError(error) && error.code === 'SDK_BAD_TARGET';
}
