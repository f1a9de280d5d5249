// The page says what the program says: verdicts, numbers, conditions, repairs and errors.

import assert from "node:assert/strict";
import test from "node:test";
import { examples } from "../page/examples.js";
import { asked, program } from "./module.js";
import { statements } from "./statements.js";

const ask = await asked();

function answers(question) {
  const told = [];
  ask(question, (answer) => told.push(answer));
  return told;
}

/** The last digits of a number may differ: the two use other instructions. */
function close(a, b, path = "") {
  if (typeof a === "number" && typeof b === "number") {
    assert.ok(Math.abs(a - b) <= 1e-7 * Math.max(1, Math.abs(a)) || Math.abs(a) > 1e6, `${path}: ${a} and ${b}`);
  } else if (a && b && typeof a === "object") {
    assert.deepEqual(Object.keys(a), Object.keys(b), path);
    for (const key of Object.keys(a)) {
      if (!/standard_error|detectable_gap|^z$/.test(key)) close(a[key], b[key], `${path}.${key}`);
    }
  } else {
    assert.deepEqual(a, b, path);
  }
}

for (const [text, verdict] of statements) {
  test(text, () => {
    const [word, rest] = text.startsWith("eval ") ? ["eval", text.slice(5)] : ["prove", text];
    const native = program(word, rest);
    const [answer] = answers({ do: "run", text });
    if (verdict === null) {
      const { place, ...error } = answer.error;
      const { place: there, ...expected } = native.error;
      assert.deepEqual(error, expected);
      assert.deepEqual([place.start, place.end], [there.start, there.end]);
      return;
    }
    assert.equal(answer.data.verdict, verdict);
    close(answer.data, native);
  });
}

test("what the examples say of themselves holds", () => {
  for (const { title, text, verdict } of examples.filter(({ text }) => text.includes("\n"))) {
    const said = answers({ do: "run", text });
    assert.ok(said.every(({ error }) => !error), title);
    const verdicts = said.map(({ data }) => data?.verdict).filter(Boolean);
    assert.ok(verdicts.length > 0, title);
    if (verdict) assert.ok(verdicts.every((word) => word === verdict), `${title}: ${verdicts}`);
  }
});

test("a repair is put into the text", () => {
  const [first, second] = answers({ do: "run", text: "# mine\nD[S_θ f] = S_θ[D f]\nx = x" });
  assert.equal(first.repaired, "# mine\nD[S_θ f] = E_{y ~ N(θ, σ²)}[(y - θ) f(y)]/σ²\nx = x");
  assert.equal(second.line, 3);
  const [tex] = answers({ do: "run", text: String.raw`As $\mathbb{E}_{x \sim N(0,1)}[x^2] = 2$ says.` });
  assert.match(tex.repaired, /^As \$.*1\$ says\.$/);
});

test("estimators are ranked where one wishes, and along a parameter", () => {
  const [list] = answers({ do: "run", text: "derive D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]" });
  assert.deepEqual([list.list, list.functions], [0, { f: 1 }]);
  const question = { do: "rank", list: 0, with: ["f(u) = u^2"], at: { "σ": 0.1 } };
  const [{ parameters, efforts }] = answers(question);
  assert.deepEqual(parameters.map(({ name, value, domain }) => [name, value, domain]), [["θ", 0.5, "real"], ["σ", 0.1, "positive"]]);
  assert.equal(efforts[0].name, "pathwise");
  close(efforts[0].effort, 0.08);
  const [{ points }] = answers({ ...question, along: ["σ", [0.1, 1]] });
  assert.deepEqual(points.map(({ efforts }) => efforts[0].name), ["pathwise", "measure-valued"]);
  const [{ error }] = answers({ ...question, with: ["g(u) = u"] });
  assert.match(error.message, /the function `f` is not known/);
});

test("a statement that nests deeply is an answer or a failure, and no end of the page", async () => {
  const deep = "(".repeat(3000) + "x" + ")".repeat(3000);
  try {
    const [answer] = answers({ do: "run", text: `${deep} = x` });
    assert.ok(answer.error ?? answer.data.verdict);
  } catch (error) {
    assert.ok(error.message);
  }
});
