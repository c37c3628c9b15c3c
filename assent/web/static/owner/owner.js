// The owner's page: what moves on it is read again when something changed.

import { base, Refusal } from "../api.js";
import { watchQuestions } from "./closer.js";
import { byId } from "../elements.js";
import { ready } from "../ready.js";
import { fill } from "./shown.js";
import { tellTimes } from "../local.js";

const REFRESH = 60_000; // milliseconds, should a proxy swallow the stream
const SETTLE = 300; // milliseconds; at most one look in so many

const known = new Map();

const PRESSED = "a, button, [tabindex]";

/** Puts a section in another's place: what was focused in it stays so, and tables as far scrolled. */
function replace(old, fresh) {
  const made = document.importNode(fresh, true);
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const place = active ? [...old.querySelectorAll(PRESSED)].indexOf(active) : -1;
  const shifts = [...old.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
  old.replaceWith(made);
  made.querySelectorAll(".scroll").forEach((one, i) => (one.scrollLeft = shifts[i] ?? 0));
  if (place < 0) return;
  const there = [...made.querySelectorAll(PRESSED)];
  const same = there.find((one) => one.outerHTML === active.outerHTML) ?? there[place];
  same?.focus({ preventScroll: true });
}

/** Replaces only the sections that changed, so that clips and scrolling stay. */
async function refresh() {
  if (document.hidden) return;
  const page = await look().catch(() => null);
  if (page === null) return;
  const fresh = new DOMParser().parseFromString(page, "text/html");
  for (const section of fresh.querySelectorAll("[data-live]")) {
    const old = byId(section.id);
    const html = section.outerHTML;
    if (old && known.get(section.id) !== html) {
      known.set(section.id, html);
      replace(old, section);
    }
  }
  tellTimes();
  await fillIn();
}

/** The sections as they are now; null where the server refuses. */
async function look() {
  const response = await fetch(`${base}/owner/live`, { credentials: "same-origin" });
  return response.ok ? response.text() : null;
}

/** Texts and clips; what does not come now comes at the next look. */
async function fillIn() {
  try {
    await fill(byId("live-sections"));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

// What stands here already is not replaced before it changes.
for (const section of document.querySelectorAll("[data-live]")) known.set(section.id, section.outerHTML);
watchQuestions();
tellTimes();
fillIn();
// The server says when something changed.
let due = 0;
new EventSource(`${base}/api/owner/live`).addEventListener("message", () => {
  clearTimeout(due);
  due = setTimeout(refresh, SETTLE);
});
setInterval(refresh, REFRESH);

ready();
