// The page in a real browser: mouse, keyboard, telephone, dark, links, limits.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { dist } from "./module.js";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const LIST = "derive D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]";
/** Searches for minutes. */
const LONG = "derive ∇_μ E_{x ~ N(μ, Σ)}[f(x)] given μ ∈ R^d, Σ ≻ 0";
let server, browser, context, page, home;
let complaints = [];

before(async () => {
  server = createServer(async (request, response) => {
    const name = new URL(request.url, "http://page/").pathname.slice(1) || "index.html";
    try {
      const file = await readFile(new URL(name, dist));
      response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream" }).end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  home = `http://127.0.0.1:${server.address().port}/`;
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});
after(async () => {
  await browser?.close();
  server?.close();
});
beforeEach(async () => {
  complaints = [];
  await open({});
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
});

async function open(options, hash = "") {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1200, height: 900 }, permissions: ["clipboard-read", "clipboard-write"], ...options });
  page = await context.newPage();
  page.setDefaultTimeout(40_000);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  // Nothing comes from elsewhere.
  page.on("request", (request) => {
    if (!request.url().startsWith(home) && !request.url().startsWith("data:")) complaints.push(request.url());
  });
  await page.goto(home + (hash && `#${encodeURIComponent(hash)}`));
}

const done = () => page.getByText(/^Done in/).waitFor();
const badges = () => page.locator("#results .badge").allTextContents();
const scrolls = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
async function prove(text) {
  await page.fill("#text", text);
  await page.press("#text", "Control+Enter");
}

test("a first proof stands there soon after loading", async () => {
  await done();
  assert.deepEqual(await badges(), ["proved"]);
  assert.ok((await page.locator("#results math").count()) > 5, "formulas are typeset");
  const begun = await page.evaluate(() => performance.now());
  console.log(`first proof ${begun.toFixed(0)} ms after the page was asked for`);
});

test("a formula is typed, refuted, and repaired by a button", async () => {
  await done();
  await page.fill("#text", "");
  await page.locator("#text").pressSequentially("D[S_θ f] = S_θ[D f]");
  await page.click("#run");
  await page.locator(".badge", { hasText: "refuted" }).waitFor();
  for (const label of ["read as", "witness", "instead"]) await page.getByText(label, { exact: true }).waitFor();
  await page.click(".repair");
  await page.locator(".badge", { hasText: "proved" }).waitFor();
  assert.equal(await page.inputValue("#text"), "D[S_θ f] = E_{y ~ N(θ, σ²)}[(y - θ) f(y)]/σ²");
});

test("LaTeX is pasted, a formula or a page", async () => {
  await done();
  const paste = async (text) => {
    await page.fill("#text", "");
    await page.evaluate((text) => navigator.clipboard.writeText(text), text);
    await page.press("#text", "Control+V");
    await page.press("#text", "Control+Enter");
    await done();
  };
  await paste(String.raw`\nabla_\theta \mathbb{E}_{x \sim \mathcal{N}(\theta,1)}[f(x)] = \mathbb{E}_{x \sim \mathcal{N}(\theta,1)}[(x-\theta)f(x)]`);
  assert.deepEqual(await badges(), ["proved"]);
  assert.match(await page.textContent("#status"), /: proved\.$/);
  await paste(String.raw`We have $\mathbb{E}_{x \sim N(0,1)}[x^2] = 2$ and \[ \mathbb{E}_{x \sim N(0,1)}[x^4] = 3. \]`);
  assert.deepEqual(await badges(), ["refuted", "proved"]);
  assert.match(await page.textContent("#status"), /: 1 refuted, 1 proved\.$/);
});

test("estimators are ranked, and ranked again as a slider moves", async () => {
  await open({}, LIST);
  const first = page.locator(".ranking tr").first();
  await first.getByText("measure-valued").waitFor();
  assert.equal(await page.inputValue(".functions input"), "f(u) = u^2");
  await page.getByRole("slider", { name: "σ" }).focus();
  for (let times = 0; times < 45; times += 1) await page.keyboard.press("ArrowLeft");
  await first.getByText("pathwise").waitFor();
  await page.locator(".picture polyline").first().waitFor({ state: "attached" });
  assert.ok((await page.locator(".picture polyline").count()) >= 5, "a curve for each estimator");
  await page.fill(".functions input", "f(u) = u^");
  await page.press(".functions input", "Tab");
  await page.locator(".ranking p.bad").waitFor();
  await page.fill(".functions input", "f(u) = step(u - k)");
  await page.press(".functions input", "Tab");
  await page.getByRole("slider", { name: "k" }).waitFor();
});

test("a script of the repository is opened, and shown as it is proved", async () => {
  await done();
  const offered = await page.locator("#script option").evaluateAll((all) => all.map(({ value }) => value).filter(Boolean));
  const there = (await readdir(new URL("scripts/", dist))).map((name) => name.replace(".stein", ""));
  assert.deepEqual(offered.sort(), there.sort());
  await page.selectOption("#script", "elbo");
  await page.getByText(/^Done in .*: 7 proved/).waitFor();
  assert.equal(await page.locator("#results h2").count(), 4);
});

test("a link holds what was typed", async () => {
  await done();
  await prove("E_{x ~ N(0,1)}[x^4] = 3 # 100 %");
  await page.locator("math", { hasText: "3" }).first().waitFor();
  await page.click("#share");
  await page.getByText("The link is copied.").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await other.goto(link);
  await other.locator(".badge", { hasText: "proved" }).waitFor();
  assert.equal(await other.inputValue("#text"), "E_{x ~ N(0,1)}[x^4] = 3 # 100 %");
  await page.goBack();
  await page.waitForFunction(() => document.getElementById("text").value.startsWith("D[S"));
});

test("what a link brings is text, whatever it looks like", async () => {
  await open({}, "<img src=x onerror=alert(1)> = f(<script>)\nderive <b>");
  await done();
  assert.equal(await page.locator("#results img, #results script, #results b").count(), 0);
  assert.equal((await badges())[0], "error");
});

test("an error shows its place, and leads there", async () => {
  await done();
  await prove("x = x\n𝔼_{x ~ N(0,1)}[f(x = 1");
  await page.locator(".badge", { hasText: "error" }).waitFor();
  assert.equal(await page.locator(".fault mark").textContent(), "=");
  await page.click("button.mark");
  const marked = await page.evaluate(() => {
    const { value, selectionStart, selectionEnd } = document.getElementById("text");
    return value.slice(selectionStart, selectionEnd);
  });
  assert.equal(marked, "=");
});

async function stopsAndGoesOn() {
  await prove(LONG);
  await page.locator("#stop").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Stopped.").waitFor();
  await prove("E_{x ~ N(0,1)}[x^2] = 1");
  await done();
}

test("what takes too long is stopped, by the clock and by hand, and the page lives on", async () => {
  await done();
  await page.selectOption("#limit", "5");
  await prove(`x = x\n${LONG}`);
  await page.locator(".badge", { hasText: "proved" }).waitFor();
  await page.locator("#stop").waitFor();
  await page.getByText(/Stopped after 5 seconds/).waitFor();
  await stopsAndGoesOn();
  assert.deepEqual(await badges(), ["proved"]);
});

test("it works without a network, and loads without one", async () => {
  await done();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    const complete = async () => (await (await caches.open("stein")).keys()).some(({ url }) => url.endsWith(".lzma"));
    while (!(await complete())) await new Promise((again) => setTimeout(again, 50));
  });
  const listed = (await readFile(new URL("offline.js", dist), "utf8")).match(/"[\w.]+\.(js|css|lzma)"/g).map((name) => name.slice(1, -1));
  const there = (await readdir(dist)).filter((name) => !/^(index.html|offline.js|scripts)$/.test(name));
  assert.deepEqual(listed.sort(), there.sort());
  await context.setOffline(true);
  await stopsAndGoesOn();
  await page.reload();
  await done();
  assert.deepEqual(await badges(), ["proved"]);
});

test("everything is reached by the keyboard alone", async () => {
  await done();
  const reach = async (wanted) => {
    for (let times = 0; times < 80; times += 1) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(() => document.activeElement.textContent.trim())).startsWith(wanted)) return;
    }
    assert.fail(`${wanted} is not reached`);
  };
  await reach("A mistake");
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(ring, "solid");
  await page.keyboard.press("Enter");
  await page.locator(".badge", { hasText: "refuted" }).waitFor();
  await reach("Use this instead");
  await page.keyboard.press("Enter");
  await page.locator(".badge", { hasText: "proved" }).waitFor();
  await reach("=");
  await page.keyboard.press("Enter");
  await page.locator("details[open] .details").first().waitFor();
});

test("it is as wide as a telephone, and dark where that is wished", async () => {
  for (const colorScheme of ["light", "dark"]) {
    await open({ viewport: { width: 390, height: 844 }, colorScheme, hasTouch: true }, LIST);
    await page.locator(".ranking tr").first().waitFor();
    await page.locator(".picture polyline").first().waitFor({ state: "attached" });
    assert.equal(await scrolls(), false, "the page scrolls sideways");
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = paper.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    assert.equal(light > 382, colorScheme === "light");
    const small = await page.locator("button:visible:not(.copy), input:visible, select:visible").evaluateAll((all) =>
      all.filter((one) => one.type !== "range" && one.getBoundingClientRect().height < 34).map((one) => one.outerHTML));
    assert.deepEqual(small, [], "room for a finger");
  }
  await page.tap("#signs button >> nth=0");
  assert.ok((await page.inputValue("#text")).includes("θ"));
});
