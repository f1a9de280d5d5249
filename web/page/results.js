// Answers as parts of the page. What the library renders is HTML in which everything typed is escaped.

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** An answer; `replace` takes a repaired text, `mark` shows a place in the text. */
export function result(answer, asked, { replace, mark }) {
  const element = make("div", { className: "result" });
  if (answer.error) {
    element.append(fault(answer.error, asked, mark));
    return element;
  }
  element.innerHTML = answer.html;
  if (answer.repaired) {
    const button = make("button", { type: "button", className: "repair main", textContent: "Use this instead" });
    button.addEventListener("click", () => replace(answer.repaired));
    const notes = [...element.querySelectorAll(".note")];
    const instead = notes.find((note) => note.firstElementChild.textContent === "instead");
    (instead ?? notes.at(-1)).after(button);
  }
  return element;
}

/** What cannot be read: the message, the line with the place marked, and what was probably meant. */
function fault({ code, message, help, place }, asked, mark) {
  const article = make("article", { className: "fault" });
  article.append(make("p", {}, make("span", { className: "badge bad", textContent: "error" }), ` ${message}`));
  if (place) {
    const line = [...(asked.split("\n")[place.line - 1] ?? "")];
    const [start, end] = [place.start - 1, Math.max(place.end, place.start + 1) - 1];
    const part = (from, to) => line.slice(from, to).join("");
    // A fault may lie behind the end.
    const marked = make("mark", { textContent: part(start, end) || " " });
    article.append(make("pre", { className: "wide" }, part(0, start), marked, part(end)));
    const button = make("button", { type: "button", className: "mark", textContent: `Go to line ${place.line}` });
    button.addEventListener("click", () => mark(place.line, place.start, place.end));
    article.append(button);
  }
  if (help) article.append(make("p", {}, make("span", { className: "label", textContent: "help " }), help));
  article.append(make("p", { className: "soft", textContent: code }));
  return article;
}

/** Why there is no answer, or no more of it. */
export function failure({ how, message }, limit) {
  const words = {
    stopped: "Stopped.",
    late: `Stopped after ${limit} seconds. More time may help: it can be set above.`,
    failed: "Something went wrong inside of stein, or this browser gives it too little room. The page goes on.",
  };
  const article = make("article", { className: "ended" });
  article.append(make("p", {}, make("span", { className: "badge neutral", textContent: how ?? "failed" }), ` ${words[how] ?? words.failed}`));
  if (how !== "stopped" && how !== "late") article.append(make("pre", { className: "wide soft", textContent: message }));
  return article;
}
