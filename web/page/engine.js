// The library as a function: instantiates the module, and gives a way to ask it.
//
// It was built for WASI, of which it takes a clock, random bytes for its hash tables, and a place to say what went wrong.

const DONE = 0;
const NOTHING = 52;

/** `ask(question, tell)`: what is told of a question, one object at a time. */
export async function engine(module) {
  let memory, said;
  let complaint = "";
  const view = () => new DataView(memory.buffer);
  const bytes = (start, length) => new Uint8Array(memory.buffer, start, length);
  const system = {
    clock_time_get(clock, _precision, result) {
      const now = clock === 0 ? Date.now() : performance.now();
      view().setBigUint64(result, BigInt(Math.round(now * 1e6)), true);
      return DONE;
    },
    random_get(start, length) {
      crypto.getRandomValues(bytes(start, length));
      return DONE;
    },
    fd_write(_file, pieces, count, result) {
      let written = 0;
      for (let piece = pieces; piece < pieces + 8 * count; piece += 8) {
        const length = view().getUint32(piece + 4, true);
        complaint += new TextDecoder().decode(bytes(view().getUint32(piece, true), length));
        written += length;
      }
      view().setUint32(result, written, true);
      return DONE;
    },
    environ_sizes_get(count, size) {
      view().setUint32(count, 0, true);
      view().setUint32(size, 0, true);
      return DONE;
    },
    environ_get: () => DONE,
    proc_exit(code) {
      throw new Error(complaint || `exit ${code}`);
    },
  };
  const imports = {
    page: { tell: (text, length) => said(JSON.parse(new TextDecoder().decode(bytes(text, length)))) },
    // A page has no files and no threads.
    wasi_snapshot_preview1: new Proxy(system, { get: (known, name) => known[name] ?? (() => NOTHING) }),
  };
  const { exports } = await WebAssembly.instantiate(module, imports);
  memory = exports.memory;
  exports._initialize?.();
  return (question, tell) => {
    said = tell;
    const text = new TextEncoder().encode(JSON.stringify(question));
    bytes(exports.room(text.length), text.length).set(text);
    try {
      exports.ask();
    } catch (error) {
      throw new Error(complaint || error.message, { cause: error });
    }
  };
}
