interface Job {
  readonly run: (done: () => void) => void;
  next: Job | null;
}

/** How many jobs may wait. */
const AT_ONCE = 64;

/**
 * Jobs that take a while, one after the other. Not an array: whatever `push` or a setter on `Array.prototype` adds
 * would be done, too.
 */
export class Turns {
  #first: Job | null = null;
  #last: Job | null = null;
  #now: Job | null = null;
  #waiting = 0;

  /** Runs it when those before it are done; whether there was room for it. */
  add(run: Job['run']): boolean {
    if (this.#waiting === AT_ONCE) return false;
    const job: Job = { run, next: null };
    if (this.#last === null) this.#first = job;
    else this.#last.next = job;
    this.#last = job;
    this.#waiting += 1;
    this.#next();
    return true;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#first = null;
    this.#last = null;
    this.#waiting = 0;
  }

  #next(): void {
    const job = this.#first;
    if (this.#now !== null || job === null) return;
    this.#now = job;
    this.#first = job.next;
    if (job.next === null) this.#last = null;
    this.#waiting -= 1;
    job.run(() => {
      if (this.#now !== job) return;
      this.#now = null;
      this.#next();
    });
  }
}
