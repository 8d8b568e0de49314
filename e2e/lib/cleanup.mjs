// What a test has to undo at its end.
const pending = new WeakMap();

/**
 * Runs `act` when the test of context `t` has ended. The last one registered runs first, so a server stops before its
 * folder is removed, and all run even if one fails. node:test's own `t.after` runs them first to last and stops at the
 * first failure: a server that was left running then keeps the whole test file from ending.
 */
export function cleanup(t, act) {
  const registered = pending.get(t);
  if (registered) {
    registered.push(act);
    return;
  }
  const acts = [act];
  pending.set(t, acts);
  t.after(async () => {
    const errors = [];
    while (acts.length > 0) {
      try {
        await acts.pop()();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several clean-ups failed');
  });
}
