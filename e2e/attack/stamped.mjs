/** An attack that stamps stop, identified by the code of its refusal; the lab's tenant says `stamps: required`. */
export const byStamp = (code) => ({ tier: 2, expected: 'stopped', stoppedBy: `\`${code}\`` });
