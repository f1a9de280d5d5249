// Questions to the library, one after the other, each with a limit of time from one answer to the next. What takes longer is
// stopped, and a new worker takes the place of the old one; what it knew is lost with it.

/** Why a question has no answer: `stopped` by the reader, `late`, or something `failed`. */
export class Ended extends Error {
  constructor(how, message = how) {
    super(message);
    this.how = how;
  }
}

export class Work {
  #module;
  #worker;
  #pending = Promise.resolve();
  #end;
  #tell;
  #done;
  /** The worker could not be started: perhaps it can, next time. */
  #broken;

  constructor() {
    this.#begin();
  }

  /** The answers are told one by one; the promise is kept when the last one was told. */
  ask(question, tell, seconds) {
    const asked = this.#pending.then(() => this.#asked(question, tell, seconds));
    this.#pending = asked.catch(() => {});
    return asked;
  }

  stop() {
    this.#end?.(new Ended("stopped"));
  }

  #begin() {
    this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.#broken = false;
    this.#worker.onerror = (event) => {
      this.#broken = true;
      this.#end?.(new Ended("failed", event.message ?? "the worker cannot be had"));
    };
    this.#worker.onmessage = ({ data }) => {
      if (data.module) this.#module = data.module;
      if (data.answer) this.#tell?.(data.answer);
      if (data.done) this.#done?.();
      if (data.failed) this.#end?.(new Ended("failed", data.failed));
    };
    this.#worker.postMessage({ module: this.#module });
  }

  async #asked(question, tell, seconds) {
    if (this.#broken) this.#begin();
    let timer;
    try {
      await new Promise((done, end) => {
        const wait = () => {
          clearTimeout(timer);
          timer = setTimeout(end, 1000 * seconds, new Ended("late"));
        };
        const told = (answer) => {
          wait();
          tell(answer);
        };
        [this.#tell, this.#done, this.#end] = [told, done, end];
        wait();
        this.#worker.postMessage({ question });
      });
    } catch (ended) {
      this.#worker.terminate();
      this.#begin();
      throw ended;
    } finally {
      clearTimeout(timer);
      this.#tell = this.#done = this.#end = undefined;
    }
  }
}
