// The work page without a network: a service worker, which stands between that page and the server.
// The server comes first, so that an update is seen at once; only where it does not answer, the page
// opens as it was kept. Pages keep (kept.js) and forget; here it is only given out, and forgotten as
// soon as the server lets this browser in no more. Its scope is the work page: no other page, and
// none of the owner's, ever comes by. Whatever writes goes straight to the server.

const base = new URL(".", location).pathname.slice(0, -1); // of the project whose worker this is
const PAGE = `${base}/work`;
const NAME = `assent ${base}`; // of all that is kept
const PATIENCE = 4000; // milliseconds in which a server should answer
const AWAY = new Set([502, 503, 504]); // what a proxy says where no server is behind it
const OUT = new Set([403, 404]); // of a page: signed out, erased, paused; the project is gone

const opened = new Set(); // ids of pages that were opened as they were kept

const kept = (path) => caches.match(path, { cacheName: NAME, ignoreVary: true });

/** Whether it is the server that says so: a proxy with nothing behind it may say 404, too. */
const isOurs = (response) => Boolean(response.headers.get("Content-Security-Policy")?.startsWith("default-src 'none'"));

const isAway = (response) => AWAY.has(response.status) || (OUT.has(response.status) && !isOurs(response));

/** The server's answer; null where none came in time. */
const answer = (asked) =>
  Promise.race([
    asked.then((response) => (isAway(response) ? null : response), () => null),
    new Promise((resolve) => setTimeout(resolve, PATIENCE, null)),
  ]);

async function page({ resultingClientId }, asked) {
  const response = await answer(asked);
  const copy = response ? null : await kept(PAGE);
  // Without a copy there is nothing better than to wait.
  if (!copy) return response ?? asked;
  opened.add(resultingClientId);
  return copy;
}

/** A script or a style: for a page that was kept as it was kept with it, so that they fit together. */
async function part({ request, clientId }) {
  const { pathname } = new URL(request.url);
  if (opened.has(clientId)) return (await kept(pathname)) ?? fetch(request);
  const asked = fetch(request);
  return (await answer(asked)) ?? (await kept(pathname)) ?? asked;
}

/** A scene or a film, named by the hash of its content: a copy is as good as the server's. */
async function content({ request }) {
  const copy = await kept(new URL(request.url).pathname);
  if (!copy) return fetch(request);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("Range") ?? "");
  return range ? stretch(copy, Number(range[1]), range[2]) : copy;
}

/** The bytes that a player asks for. */
async function stretch(copy, start, last) {
  const whole = await copy.blob();
  const stop = Math.min(last ? Number(last) + 1 : whole.size, whole.size);
  if (start >= stop) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${whole.size}` } });
  return new Response(whole.slice(start, stop), {
    status: 206,
    headers: {
      "Accept-Ranges": "bytes",
      "Content-Length": stop - start,
      "Content-Range": `bytes ${start}-${stop - 1}/${whole.size}`,
      "Content-Type": copy.headers.get("Content-Type"),
    },
  });
}

/** What the server's answer to a page means for what is kept, and for this worker. */
async function learn(asked) {
  const response = await asked.catch(() => null);
  if (!response || isAway(response)) return;
  // A redirect leads to practice, which comes first.
  if (OUT.has(response.status) || response.type === "opaqueredirect") await caches.delete(NAME);
  if (!response.ok) return;
  // A server that knows of no worker, as one before it did, is rid of this one.
  const own = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (own?.status !== 404 || !isOurs(own)) return;
  await registration.unregister();
  await caches.delete(NAME);
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) {
    const asked = fetch(request);
    event.waitUntil(learn(asked));
    event.respondWith(page(event, asked));
  } else if (request.destination && pathname.startsWith("/static/")) {
    event.respondWith(part(event));
  } else if (pathname.startsWith(`${base}/api/scenes/`) || pathname.startsWith(`${base}/api/media/`)) {
    event.respondWith(content(event));
  }
});
