// The owner's page: refreshes what moves, edits the guideline, makes invites.

import { base, read, Refusal, write } from "./api.js";
import { watchDisputes } from "./closer.js";
import { byId, prose } from "./elements.js";
import { fill } from "./shown.js";
import { t } from "./words.js";

const REFRESH = 4000; // milliseconds
const SETTLE = 300; // milliseconds without a key before the preview is asked for

/** Replaces only the sections that changed, so that focus, clips and scrolling stay. */
async function refresh() {
  if (document.hidden) return;
  const response = await fetch(`${base}/owner/live`, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const section of fresh.querySelectorAll("[data-live]")) {
    const old = byId(section.id);
    const html = section.outerHTML;
    if (old && known.get(section.id) !== html) {
      known.set(section.id, html);
      old.replaceWith(document.importNode(section, true));
    }
  }
  dates();
  await fill(byId("live-sections"));
}

const known = new Map();

/** Times as the reader's clock tells them. */
function dates() {
  for (const time of document.querySelectorAll("time[data-seconds]:empty")) {
    time.textContent = new Date(time.dataset.seconds * 1000).toLocaleString(document.documentElement.lang);
  }
}

async function guarded(where, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    where.hidden = false;
    where.textContent = [error.message, error.advice].filter(Boolean).join(". ");
  }
}

function editGuideline() {
  const text = byId("guideline-text");
  const said = byId("guideline-said");
  let timer = 0;
  text.addEventListener("input", () => {
    said.textContent = t("not saved yet");
    clearTimeout(timer);
    timer = setTimeout(() => guarded(said, async () => {
      const { html } = await write("owner/preview", { markdown: text.value });
      byId("guideline-preview").replaceChildren(prose(html));
    }), SETTLE);
  });
  byId("save-guideline").addEventListener("click", () => guarded(said, async () => {
    const kept = await write("owner/guideline", { markdown: text.value }, "PUT");
    byId("guideline-version").textContent = t("Version {n} is in force.", { n: kept.version });
    said.textContent = t("saved as version {n}", { n: kept.version });
  }));
}

const wanted = (value) => (value === "" ? null : Number(value));

function makeInvites() {
  const form = byId("invite");
  const link = byId("invite-link");
  const said = byId("invited");
  const problem = byId("invite-problem");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    guarded(problem, async () => {
      const body = { role: given.get("role"), uses: wanted(given.get("uses")), days: wanted(given.get("days")) };
      const { path } = await write("owner/invites", body);
      link.value = new URL(path, location.href).href;
      said.hidden = false;
      link.select();
    });
  });
  byId("copy-link").addEventListener("click", async () => {
    link.select();
    await navigator.clipboard?.writeText(link.value);
    byId("copy-link").textContent = t("Copied");
  });
  byId("answer-myself").addEventListener("click", () => guarded(problem, async () => {
    const signedIn = await read("history?limit=1").then(() => true, () => false);
    if (signedIn) return location.assign(`${base}/work`);
    const { path } = await write("owner/invites", { role: "annotator", uses: 1, days: 1 });
    return location.assign(path);
  }));
}

// What stands here already is not replaced before it changes.
for (const section of document.querySelectorAll("[data-live]")) known.set(section.id, section.outerHTML);
editGuideline();
makeInvites();
watchDisputes();
dates();
fill(byId("live-sections"));
// The server says when something changed; at most one look in so many milliseconds.
let due = 0;
new EventSource(`${base}/api/owner/live`).addEventListener("message", () => {
  clearTimeout(due);
  due = setTimeout(refresh, SETTLE);
});
setInterval(refresh, 15 * REFRESH); // should a proxy swallow the stream
