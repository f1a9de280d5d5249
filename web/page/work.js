// Questions to the library, one after the other, each with a limit of time. What takes longer is stopped, and a new worker
// takes the place of the old one; what it knew is lost with it.

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

  /** `address` is that of the module, compressed. */
  constructor(address) {
    this.#module = compiled(address);
    this.#worker = begun();
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

  async #asked(question, tell, seconds) {
    const module = await this.#module;
    const worker = this.#worker;
    let timer;
    try {
      await new Promise((done, end) => {
        this.#end = end;
        timer = setTimeout(end, 1000 * seconds, new Ended("late"));
        worker.onerror = (event) => end(new Ended("failed", event.message));
        worker.onmessage = ({ data }) => {
          if (data.answer) tell(data.answer);
          if (data.done) done();
          if (data.failed) end(new Ended("failed", data.failed));
        };
        worker.postMessage({ module, question });
      });
    } catch (ended) {
      worker.terminate();
      this.#worker = begun();
      throw ended;
    } finally {
      clearTimeout(timer);
      this.#end = undefined;
    }
  }
}

const begun = () => new Worker(new URL("worker.js", import.meta.url), { type: "module" });

async function compiled(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Ended("failed", `${address} cannot be had`);
  const unpacked = response.body.pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compileStreaming(new Response(unpacked, { headers: { "Content-Type": "application/wasm" } }));
}
