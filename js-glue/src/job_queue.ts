interface Job {
  readonly run: (done: () => void) => void;
  next: Job | null;
}

/** How many jobs can wait. */
const MAX_WAITING = 64;

/**
 * Runs asynchronous jobs one after the other. A linked list instead of an array: a replaced `push`, or a setter on
 * `Array.prototype`, could add jobs.
 */
export class JobQueue {
  #first: Job | null = null;
  #last: Job | null = null;
  #now: Job | null = null;
  #waiting = 0;

  /** Queues a job. Returns false if the queue is full (64 waiting jobs). */
  add(run: Job['run']): boolean {
    if (this.#waiting === MAX_WAITING) return false;
    const job: Job = { run, next: null };
    if (this.#last === null) this.#first = job;
    else this.#last.next = job;
    this.#last = job;
    this.#waiting += 1;
    this.#next();
    return true;
  }

  /** Removes the waiting jobs; the running one continues. */
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
