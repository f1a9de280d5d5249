// Curves over a parameter, upwards on a logarithmic scale.

const SPACE = "http://www.w3.org/2000/svg";
const HEIGHT = 260;
const EDGE = { left: 52, right: 12, top: 12, bottom: 38 };

/** The colour of a curve by its number: the style sheet has those for light and dark. */
export const colour = (index) => `var(--curve-${index % 8})`;

function draw(parent, tag, attributes, text = "") {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
}

const power = (exponent) => (Math.abs(exponent) < 4 ? String(Number((10 ** exponent).toPrecision(3))) : `1e${exponent}`);

/** Ticks of a linear axis: about so many, at round numbers. */
function ticks(low, high, count) {
  const raw = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * size).find((step) => step >= raw);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) found.push(Number(at.toPrecision(6)));
  return found;
}

/** An SVG as wide as is wanted; what is not known, or not above 0, leaves a gap. */
export function chart({ variable, logarithmic, values, curves, here, width }) {
  const svg = document.createElementNS(SPACE, "svg");
  const size = Math.max(width, 240);
  svg.setAttribute("viewBox", `0 0 ${size} ${HEIGHT}`);
  svg.setAttribute("width", size);
  svg.setAttribute("height", HEIGHT);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `variance times cost of each estimator along ${variable}`);
  const across = (value) => (logarithmic ? Math.log10(value) : value);
  const [first, last] = [across(values[0]), across(values.at(-1))];
  const logarithms = curves.flat().filter((value) => value > 0).map(Math.log10);
  if (logarithms.length === 0) return svg;
  const low = Math.floor(Math.min(...logarithms));
  const high = Math.max(Math.ceil(Math.max(...logarithms)), low + 1);
  const x = (value) => EDGE.left + ((across(value) - first) / (last - first)) * (size - EDGE.left - EDGE.right);
  const y = (exponent) => EDGE.top + ((high - exponent) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const foot = HEIGHT - EDGE.bottom;
  for (let exponent = low; exponent <= high; exponent += Math.ceil((high - low) / 6)) {
    draw(svg, "line", { class: "grid", x1: EDGE.left, x2: size - EDGE.right, y1: y(exponent), y2: y(exponent) });
    draw(svg, "text", { x: EDGE.left - 6, y: y(exponent) + 4, "text-anchor": "end" }, power(exponent));
  }
  const places = logarithmic
    ? ticks(first, last, 4).filter(Number.isInteger).map((exponent) => 10 ** exponent)
    : ticks(first, last, 6);
  for (const place of places) {
    draw(svg, "line", { class: "grid", x1: x(place), x2: x(place), y1: EDGE.top, y2: foot });
    draw(svg, "text", { x: x(place), y: foot + 16, "text-anchor": "middle" }, String(Number(place.toPrecision(3))));
  }
  draw(svg, "text", { x: (EDGE.left + size - EDGE.right) / 2, y: HEIGHT - 4, "text-anchor": "middle", class: "name" }, variable);
  curves.forEach((curve, index) => {
    let run = [];
    const close = () => {
      if (run.length > 1) draw(svg, "polyline", { class: "run", points: run.join(" "), stroke: colour(index) });
      run = [];
    };
    curve.forEach((value, at) => {
      if (value > 0) run.push(`${x(values[at]).toFixed(1)},${y(Math.log10(value)).toFixed(1)}`);
      else close();
    });
    close();
  });
  if (across(here) >= first && across(here) <= last) {
    draw(svg, "line", { class: "here", x1: x(here), x2: x(here), y1: EDGE.top, y2: foot });
  }
  return svg;
}
