// How the server is started, from the settings of the editor. Apart from the rest, so that it runs without an editor.

/** The languages that are judged, as selectors of documents. TeX has two names. */
function selectors(languages) {
  const names = languages.flatMap((name) => (name === "latex" ? ["latex", "tex"] : [name]));
  return names.map((language) => ({ language }));
}

/** The arguments of the program. */
function programArguments({ timeout, rules = [], macros = [] }) {
  const repeated = (option, values) => values.flatMap((value) => [option, value]);
  const time = timeout === null || timeout === undefined ? [] : ["--timeout", String(timeout)];
  return ["lsp", ...time, ...repeated("--rules", rules), ...repeated("--macros", macros)];
}

module.exports = { selectors, programArguments };
