// The library beside the page, so that a search never holds up typing.

import { engine } from "./engine.js";

let ask;
onmessage = async ({ data: { module, question } }) => {
  try {
    ask ??= await engine(module);
    ask(question, (answer) => postMessage({ answer }));
    postMessage({ done: true });
  } catch (error) {
    // The module is in no state to be asked again.
    postMessage({ failed: error.message });
  }
};
