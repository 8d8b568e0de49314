import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEEDS, newEnough, packagesFor } from './needs.mjs';

const named = (what) => NEEDS.find((each) => each.what === what);
const packages = (rows) => new Map(Object.entries(rows));

test('versions are compared by number, without epoch and revision', () => {
  assert.ok(newEnough('1:19.1.7-3+b1', '19'));
  assert.ok(newEnough('3.1.6~dfsg-5', '3.1.6'));
  assert.ok(newEnough('1.83.0.2+b2', '1.81'));
  assert.ok(!newEnough('1.9.0', '1.10'));
  assert.ok(!newEnough('1:14.0-55.7', '19'));
  assert.ok(newEnough('anything', null));
});

test("Boost: the release's default if it is new enough, else the oldest version that is", () => {
  const boost = named('Boost');
  const debian12 = packages({
    'libboost-dev': '1.74.0.3',
    'libboost1.74-dev': '1.74.0-18',
    'libboost1.83-dev': '1.83.0-1',
    'libboost1.81-dev': '1.81.0-5',
  });
  assert.deepEqual(packagesFor(boost, debian12, boost.wanted), ['libboost1.81-dev']);
  const debian13 = packages({ 'libboost-dev': '1.83.0.2', 'libboost1.83-dev': '1.83.0-4', 'libboost1.88-dev': '1.88' });
  assert.deepEqual(packagesFor(boost, debian13, boost.wanted), ['libboost-dev']);
  assert.deepEqual(packagesFor(boost, packages({ 'libboost1.74-dev': '1.74.0-18' })), ['libboost1.74-dev']);
  assert.equal(packagesFor(boost, packages({ 'libboost1.67-dev': '1.67.0-1' })), null);
});

test('clang and its runtime are of one version', () => {
  const clang = named('clang with libFuzzer');
  const both = packages({ clang: '1:14.0', 'libclang-rt-dev': '1:14.0', 'clang-19': '1:19.1', 'clang-22': '1:22.1' });
  assert.equal(packagesFor(clang, both), null);
  both.set('libclang-rt-22-dev', '1:22.1');
  assert.deepEqual(packagesFor(clang, both), ['clang-22', 'libclang-rt-22-dev']);
  both.set('libclang-rt-19-dev', '1:19.1');
  assert.deepEqual(packagesFor(clang, both), ['clang-19', 'libclang-rt-19-dev']);
});

test('what no package has is null', () => {
  assert.equal(packagesFor(named('Emscripten'), packages({ emscripten: '2.0.12' })), null);
  assert.equal(packagesFor(named('Emscripten'), packages({})), null);
});
