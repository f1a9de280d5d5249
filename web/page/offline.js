// Keeps the files of the page, so that it works without a network: what is there is asked first, and what was kept is the
// answer where nothing is.

const KEPT = "stein";
const FILES = [
  "./", "chart.js", "engine.js", "examples.js", "link.js", "lzma.js", "main.js", "page.css", "ranking.js", "results.css",
  "results.js", "stein.wasm.lzma", "work.js", "worker.js",
];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith((async () => {
    const kept = await caches.open(KEPT);
    try {
      const response = await fetch(request);
      if (response.ok) await kept.put(request, response.clone());
      return response;
    } catch {
      return (await kept.match(request, { ignoreSearch: true })) ?? Response.error();
    }
  })());
});
