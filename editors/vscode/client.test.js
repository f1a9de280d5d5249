const assert = require("node:assert");
const test = require("node:test");
const { selectors, programArguments } = require("./client-settings");

test("TeX has two names", () => {
  assert.deepStrictEqual(selectors(["stein", "latex"]), [{ language: "stein" }, { language: "latex" }, { language: "tex" }]);
});

test("settings become arguments", () => {
  assert.deepStrictEqual(programArguments({ timeout: null }), ["lsp"]);
  const all = { timeout: 5, rules: ["a.rules", "b.law"], macros: ["m.tex"] };
  const expected = ["lsp", "--timeout", "5", "--rules", "a.rules", "--rules", "b.law", "--macros", "m.tex"];
  assert.deepStrictEqual(programArguments(all), expected);
});

test("every file of the package is there", () => {
  const { contributes, main } = require("./package.json");
  const paths = contributes.grammars.map((grammar) => grammar.path);
  for (const file of [main, ...paths]) assert.ok(require("node:fs").existsSync(require("node:path").join(__dirname, file)), file);
});
