// Estimators side by side: functions to choose, a slider for each parameter, what each estimator takes, and how that changes
// along the parameter that was moved last.

import { chart, colour } from "./chart.js";
import { make } from "./results.js";

/** Points of a curve. */
const POINTS = 25;

/** Where a parameter may be moved, and in what steps; a positive one on a logarithmic scale. */
const SCALES = {
  real: { low: -3, high: 3, step: 0.05 },
  nonzero: { low: -3, high: 3, step: 0.05 },
  positive: { low: -2, high: 2, step: 0.02, logarithmic: true },
  unit: { low: 0.01, high: 0.99, step: 0.01 },
  natural: { low: 0, high: 20, step: 1 },
  counting: { low: 1, high: 20, step: 1 },
  integer: { low: -10, high: 10, step: 1 },
  sign: { low: -1, high: 1, step: 2 },
  bit: { low: 0, high: 1, step: 1 },
};

const rounded = (value) => String(Number(value.toPrecision(3)));

export class Ranking {
  element = make("section", { className: "ranking", ariaLabel: "Ranking" });
  #list;
  #ask;
  #article;
  #at = {};
  #with;
  #sliders = make("div", { className: "sliders" });
  #table = make("table");
  #picture = make("div", { className: "picture" });
  #words = make("p", { className: "soft" });
  #moved;
  #busy = false;
  #again = false;
  #closed = false;
  #curves;
  /** What the curves are of. */
  #drawn;
  #resized;
  #domains = {};
  /** Names of estimators in the order in which they were first met, which is that of the colours. */
  #names = [];

  /** `answer` names the list and its unknown functions; `element` is where its estimators stand. */
  constructor({ list, functions }, element, ask) {
    this.#list = list;
    this.#ask = ask;
    this.#article = element;
    const variables = ["u", "v", "w", "s", "t"];
    this.#with = Object.entries(functions).map(([name, count]) => {
      const names = variables.slice(0, count);
      const value = `${name}(${names.join(", ")}) = ${names.map((letter) => `${letter}^2`).join(" + ")}`;
      const input = make("input", { value, spellcheck: false, ariaLabel: `The function ${name}`, autocapitalize: "off" });
      input.addEventListener("change", () => this.rank());
      return input;
    });
    this.element.append(
      make("h2", { textContent: "Which is best?" }),
      make("div", { className: "functions" }, ...this.#with),
      this.#sliders,
      this.#words,
      this.#table,
      this.#picture,
    );
    this.#resized = new ResizeObserver(() => this.#draw());
    this.#resized.observe(this.#picture);
  }

  close() {
    this.#closed = true;
    this.#resized.disconnect();
  }

  /** Ranks at the place of the sliders. While that goes on, the last of further wishes waits. */
  async rank() {
    if (this.#closed) return;
    this.#again = this.#busy;
    if (this.#busy) return;
    this.#busy = true;
    this.element.ariaBusy = true;
    do {
      this.#again = false;
      await this.#told({}, (answer) => this.#ranked(answer));
    } while (this.#again && !this.#closed);
    // The curves are the same wherever on its axis the parameter is.
    const key = JSON.stringify([this.#moved, this.#with.map((input) => input.value), { ...this.#at, [this.#moved]: 0 }]);
    if (this.#moved && key !== this.#drawn && !this.#closed) {
      await this.#told({ along: [this.#moved, this.#values(this.#moved)] }, (answer) => {
        this.#curves = answer;
        this.#drawn = key;
        this.#draw();
      });
    }
    this.#busy = false;
    this.element.ariaBusy = false;
    if (this.#again) this.rank();
  }

  async #told(more, tell) {
    const question = { do: "rank", list: this.#list, with: this.#with.map((input) => input.value), at: this.#at, ...more };
    try {
      await this.#ask(question, (answer) => {
        if (this.#closed) return;
        if (!answer.error) return tell(answer);
        const { message, help } = answer.error;
        this.#say(help ? `${message}: ${help}` : message, true);
      });
    } catch (error) {
      this.#say(error.how === "late" ? "This took too long: press Prove to begin again." : `There is no ranking: ${error.message}`, true);
    }
  }

  #say(words, bad = false) {
    this.#words.textContent = words;
    this.#words.classList.toggle("bad", bad);
  }

  #ranked({ html, parameters, efforts }) {
    const fresh = make("div");
    fresh.innerHTML = html;
    // The panel stays where it is; what stands below it becomes what is known now.
    const [old, now] = [this.#article.querySelector("article"), fresh.querySelector("article")];
    while (old.lastChild !== this.element) old.lastChild.remove();
    const claim = now.querySelector(".claim");
    while (claim.nextSibling) old.append(claim.nextSibling);
    this.#slide(parameters);
    this.#say("What a given precision takes, variance × cost of a sample:");
    this.#compare(efforts);
  }

  /** A slider for each parameter; those that are there stay, for one of them may be held. */
  #slide(parameters) {
    const names = parameters.map(({ name }) => name).join();
    for (const { name, value } of parameters) this.#at[name] ??= value;
    if (this.#sliders.dataset.names === names) return;
    this.#sliders.dataset.names = names;
    this.#at = Object.fromEntries(parameters.map(({ name, value }) => [name, this.#at[name] ?? value]));
    this.#domains = Object.fromEntries(parameters.map(({ name, domain }) => [name, domain]));
    this.#moved = parameters.find(({ name }) => name === this.#moved)?.name ?? parameters.at(-1)?.name;
    this.#sliders.replaceChildren(...parameters.map(({ name, domain }) => {
      const { low, high, step, logarithmic } = SCALES[domain] ?? SCALES.real;
      const at = this.#at[name];
      const shown = make("output", { textContent: rounded(at) });
      const input = make("input", { type: "range", min: low, max: high, step, ariaLabel: name });
      input.value = logarithmic ? Math.log10(at) : at;
      input.addEventListener("input", () => {
        const place = Number(input.value);
        this.#at[name] = logarithmic ? 10 ** place : place;
        input.ariaValueText = shown.textContent = rounded(this.#at[name]);
        if (this.#moved !== name) this.#curves = undefined;
        this.#moved = name;
        this.rank();
      });
      return make("label", {}, make("i", { textContent: name }), input, shown);
    }));
  }

  #values(name) {
    const { low, high, step, logarithmic } = SCALES[this.#domains[name]] ?? SCALES.real;
    const count = Math.min(POINTS, Math.round((high - low) / step) + 1);
    const place = (index) => low + ((high - low) * index) / (count - 1);
    const whole = step >= 1;
    const places = Array.from({ length: count }, (_, index) => (whole ? Math.round(place(index)) : place(index)));
    return logarithmic ? places.map((place) => 10 ** place) : places;
  }

  #compare(efforts) {
    for (const { name } of efforts) if (!this.#names.includes(name)) this.#names.push(name);
    const least = Math.min(...efforts.map(({ effort }) => effort ?? Infinity));
    const most = Math.max(...efforts.map(({ effort }) => effort ?? 0));
    const row = ({ name, effort }) => {
      const swatch = make("span", { className: "swatch" });
      swatch.style.background = colour(this.#names.indexOf(name));
      const bar = make("span", { className: "bar" });
      bar.style.width = `${effort === null ? 0 : (100 * effort) / (most || 1)}%`;
      bar.style.background = colour(this.#names.indexOf(name));
      const times = effort === null ? "not known" : effort === least ? "the best" : least > 0 ? `× ${rounded(effort / least)}` : "";
      return make("tr", {},
        make("th", { scope: "row" }, swatch, name),
        make("td", { textContent: effort === null ? "–" : rounded(effort) }),
        make("td", { textContent: times }),
        make("td", { className: "bars" }, bar));
    };
    this.#table.replaceChildren(make("tbody", {}, ...efforts.map(row)));
    this.#draw();
  }

  #draw() {
    if (!this.#curves || this.#closed) return;
    const { along, points } = this.#curves;
    const { logarithmic } = SCALES[this.#domains[along]] ?? SCALES.real;
    const curves = this.#names.map((name) => points.map(({ efforts }) => efforts.find((other) => other.name === name)?.effort ?? null));
    const picture = chart({
      variable: along, logarithmic, curves,
      values: points.map(({ at }) => at),
      here: this.#at[along],
      width: this.#picture.clientWidth,
    });
    this.#picture.replaceChildren(picture);
  }
}
