/** What tier 2 changes: an attack that a stamp stops, by its code. Without stamps it is not stopped. */
export const STAMPS = false;
export const byStamp = (code) =>
  STAMPS
    ? { tier: 2, expected: 'stopped', stoppedBy: `\`${code}\`` }
    : { tier: 2, expected: 'not stopped', stoppedBy: 'nothing yet: stamps' };
