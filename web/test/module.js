// The module as a page has it, and the program.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { engine } from "../page/engine.js";
import { unpack } from "../page/lzma.js";

export const dist = new URL(`${process.env.STEIN_DIST ?? new URL("../dist", import.meta.url).pathname}/`, "file:");
const packed = new Uint8Array(readFileSync(new URL("stein.wasm.lzma", dist)));

export const asked = async () => engine(await WebAssembly.compile(unpack(packed)));

/** What the program prints as JSON. */
export function program(...words) {
  try {
    return JSON.parse(execFileSync(process.env.STEIN ?? "stein", [...words, "--format", "json"], { stdio: ["ignore", "pipe", "ignore"] }));
  } catch (error) {
    // What is refuted, open or in error has an exit code of its own.
    if (!error.stdout?.length) throw error;
    return JSON.parse(error.stdout);
  }
}
