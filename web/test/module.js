// The module as a page has it, and the program.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { engine } from "../page/engine.js";

export const dist = new URL(`${process.env.STEIN_DIST ?? new URL("../dist", import.meta.url).pathname}/`, "file:");
export const packed = readFileSync(new URL("stein.wasm.gz", dist));

export const asked = async () => engine(await WebAssembly.compile(gunzipSync(packed)));

/** What the program prints as JSON. */
export function program(...words) {
  try {
    return JSON.parse(execFileSync(process.env.STEIN ?? "stein", [...words, "--format", "json"], { stdio: ["ignore", "pipe", "ignore"] }));
  } catch (error) {
    return JSON.parse(error.stdout);
  }
}
