/** An attack that a stamp stops, by the code of its refusal: `stamps: required`, as the lab's tenant says. */
export const byStamp = (code) => ({ tier: 2, expected: 'stopped', stoppedBy: `\`${code}\`` });
