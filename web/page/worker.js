// The library beside the page, so that a search never holds up typing. The first worker fetches the module and hands it on:
// those that take its place have it at once.

import { engine } from "./engine.js";
import { unpack } from "./lzma.js";

async function fetched() {
  const response = await fetch("stein.wasm.lzma");
  if (!response.ok) throw new Error(`stein.wasm.lzma cannot be had (${response.status})`);
  const module = await WebAssembly.compile(unpack(new Uint8Array(await response.arrayBuffer())));
  postMessage({ module });
  return module;
}

let ready;
onmessage = async ({ data: { module, question } }) => {
  try {
    ready ??= (module ? Promise.resolve(module) : fetched()).then(engine);
    const ask = await ready;
    if (!question) return;
    ask(question, (answer) => postMessage({ answer }));
    postMessage({ done: true });
  } catch (error) {
    // The module is in no state to be asked again.
    postMessage({ failed: error.message });
  }
};
