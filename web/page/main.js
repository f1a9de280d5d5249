// The page: what is typed is asked, what is told is shown.

import { examples, scripts, signs } from "./examples.js";
import * as link from "./link.js";
import { Ranking } from "./ranking.js";
import { failure, result } from "./results.js";
import { Work } from "./work.js";

const [form, text, run, stop, share, limit, status, results] =
  ["form", "text", "run", "stop", "share", "limit", "status", "results"].map((id) => document.getElementById(id));
const work = new Work();

/** How often something was run: what is told late is shown no more. */
let turn = 0;
let rankings = [];

async function prove() {
  const mine = ++turn;
  const asked = text.value;
  work.stop();
  rankings.forEach((ranking) => ranking.close());
  rankings = [];
  results.replaceChildren();
  if (!asked.trim()) return say("There is nothing to prove yet.");
  link.keep(asked);
  busy(true);
  const begun = performance.now();
  const words = [];
  const tell = (answer) => {
    if (mine !== turn) return;
    words.push(word(answer));
    results.append(shown(answer, asked));
  };
  try {
    await work.ask({ do: "run", text: asked }, tell, Number(limit.value));
    if (mine === turn) say(`Done in ${((performance.now() - begun) / 1000).toFixed(2)} s: ${tally(words)}.`);
  } catch (error) {
    if (mine !== turn) return;
    say("");
    results.append(failure(error, limit.value));
  }
  if (mine !== turn) return;
  busy(false);
  rankings.forEach((ranking) => ranking.rank());
}

function shown(answer, asked) {
  const element = result(answer, asked, {
    replace(repaired) {
      write(repaired);
      prove();
      text.focus();
    },
    mark(line, start, end) {
      const before = asked.split("\n").slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0);
      // Columns count characters, a text area counts halves of them.
      const column = (count) => [...asked.split("\n")[line - 1]].slice(0, count - 1).join("").length;
      text.focus();
      text.setSelectionRange(before + column(start), before + column(end));
    },
  });
  if ("list" in answer) {
    const ranking = new Ranking(answer, element, (question, tell) => work.ask(question, tell, Number(limit.value)));
    element.querySelector("article > .claim").after(ranking.element);
    rankings.push(ranking);
  }
  return element;
}

/** An answer in a word; definitions and headings have none. */
const word = ({ error, data }) => (error ? "error" : data?.estimators ? "derived" : data?.verdict);

/** `2 proved, 1 refuted`; of one answer, its word alone. */
function tally(words) {
  const said = words.filter(Boolean);
  if (said.length < 2) return said[0] ?? "nothing was asked";
  const count = (one) => said.filter((other) => other === one).length;
  return [...new Set(said)].map((one) => `${count(one)} ${one}`).join(", ");
}

function say(words) {
  status.textContent = words;
}

function busy(is) {
  stop.hidden = !is;
  results.ariaBusy = is;
  if (is) say("Searching …");
}

/** Puts a text into the area, which grows with it. */
function write(value) {
  text.value = value;
  grow();
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

function insert(sign) {
  const [before, behind = ""] = sign.split("|");
  const { selectionStart: start, selectionEnd: end } = text;
  const inside = text.value.slice(start, end);
  text.setRangeText(before + inside + behind, start, end, "end");
  text.selectionStart = text.selectionEnd = start + before.length + inside.length;
  text.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  prove();
});
text.addEventListener("input", () => {
  grow();
  // What is shown is about another text now.
  results.querySelectorAll(".repair, .mark").forEach((button) => { button.disabled = true; });
});
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    prove();
  }
  if (event.key === "Escape") work.stop();
});
stop.addEventListener("click", () => work.stop());
share.addEventListener("click", async () => {
  const address = link.address(text.value);
  link.keep(text.value);
  try {
    await navigator.clipboard.writeText(address);
    say("The link is copied.");
  } catch {
    say("The link is the address of this page.");
  }
});
results.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  await navigator.clipboard?.writeText(button.dataset.latex);
  say("The LaTeX is copied.");
});

const list = document.querySelector("#examples ul");
for (const example of examples) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: example.title });
  button.addEventListener("click", () => {
    write(example.text);
    prove();
  });
  const item = document.createElement("li");
  item.append(button);
  list.append(item);
}
const script = document.getElementById("script");
script.append(...scripts.map((name) => new Option(name.replaceAll("_", " "), name)));
script.addEventListener("change", async () => {
  if (!script.value) return;
  const response = await fetch(`scripts/${script.value}.stein`);
  if (!response.ok) return say("This script cannot be had.");
  write(await response.text());
  prove();
});
for (const sign of signs) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign.replace("|", "…").trim() });
  button.addEventListener("click", () => insert(sign));
  document.getElementById("signs").append(button);
}
// Where there is little room, the answer should be on the screen.
if (matchMedia("(max-width: 40rem)").matches) document.getElementById("examples").open = false;

// Without a network the page goes on, where the browser allows that.
navigator.serviceWorker?.register("offline.js").catch(() => {});

const arrive = () => {
  write(link.read() || examples[0].text);
  prove();
};
addEventListener("popstate", arrive);
if (navigator.clipboard) document.documentElement.classList.add("scripted");
arrive();
