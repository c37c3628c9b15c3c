// The owner's page: refreshes what moves, edits the guideline, makes invites, pauses people.

import { base, read, readForever, Refusal, write } from "./api.js";
import { byId, make, prose } from "./elements.js";
import { fillClips } from "./player.js";

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
  await fill();
}

const known = new Map();

/** Samples: text as the server rendered it, clips with their own controls. */
async function fill() {
  for (const holder of document.querySelectorAll("[data-scene]:not([data-filled])")) {
    const scene = await readForever(`scenes/${holder.dataset.scene}`);
    if (scene.type !== "text") continue;
    holder.dataset.filled = "yes";
    const before = scene.messages.length ? scene.messages.map((one) => one.html).join("") : scene.prompt_html;
    holder.append(prose(before, "prose asked"), prose(scene.reply_html, "prose replied"));
    if (scene.cut) holder.append(make("p", { class: "faint" }, "cut off here, at the greatest length"));
  }
  await fillClips(document);
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
    said.textContent = "not saved yet";
    clearTimeout(timer);
    timer = setTimeout(() => guarded(said, async () => {
      const { html } = await write("owner/preview", { markdown: text.value });
      byId("guideline-preview").replaceChildren(prose(html));
    }), SETTLE);
  });
  byId("save-guideline").addEventListener("click", () => guarded(said, async () => {
    const kept = await write("owner/guideline", { markdown: text.value }, "PUT");
    byId("guideline-version").textContent = `Version ${kept.version}`;
    said.textContent = `saved as version ${kept.version}`;
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
    byId("copy-link").textContent = "Copied";
  });
  byId("answer-myself").addEventListener("click", () => guarded(problem, async () => {
    const signedIn = await read("history?limit=1").then(() => true, () => false);
    if (signedIn) return location.assign(`${base}/work`);
    const { path } = await write("owner/invites", { role: "annotator", uses: 1, days: 1 });
    return location.assign(path);
  }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-person]");
  if (!button) return;
  const note = make("span", { role: "alert" });
  button.after(note);
  guarded(note, async () => {
    await write(`owner/annotators/${encodeURIComponent(button.dataset.person)}/active`, { active: button.dataset.active === "yes" }, "PUT");
    await refresh();
  });
});

/** A disputed question: what each said and why, and the buttons of the owner's own verdict. */
async function look(query) {
  const found = await read(`owner/questions/${encodeURIComponent(query)}`);
  const heads = ["Who", "Said, as they saw it", "When", "Seconds", "Why"].map((text) => make("th", { scope: "col" }, text));
  const rows = found.said.map((one) => {
    const spent = ((one.timings.read ?? 0) + (one.timings.decide ?? 0)) / 1000;
    const cells = [one.words + (one.in_force ? "" : " (no longer)"), new Date(one.created_at * 1000).toLocaleString(), spent ? spent.toFixed(1) : "–", one.note];
    return make("tr", {}, make("th", { scope: "row" }, one.name), ...cells.map((text) => make("td", {}, text)));
  });
  const said = make("p", { class: "faint", role: "status" });
  // Where an answer takes more than one press, the page has no screen for a verdict; the API does.
  const whole = found.form.layout === "choose" ? found.form.choices : [];
  const buttons = whole.filter((choice) => !choice.answer.skip).map((choice) => {
    const place = found.options.findIndex((option) => option.key === choice.segment);
    const button = make("button", { type: "button", class: "quiet" }, place < 0 ? choice.label : `${"ABCDEF"[place]}: ${choice.label}`);
    button.addEventListener("click", () => guarded(said, async () => {
      await write(`owner/questions/${encodeURIComponent(query)}/verdict`, { answer: choice.answer });
      said.textContent = "Decided; it can be asked as a known question now.";
    }));
    return button;
  });
  const shown = found.options.filter((option) => option.scene).map((option, place) =>
    make("article", { class: "sample", "data-scene": option.scene, "data-label": "ABCDEF"[place] }, make("p", { class: "faint" }, "ABCDEF"[place])));
  byId("closer-body").replaceChildren(
    make("p", {}, found.question), make("div", { class: "before-after" }, ...shown),
    make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)),
    make("h3", {}, "Your verdict"), make("p", { class: "row" }, ...buttons),
    whole.length ? said : make("p", { class: "faint" }, "This kind is decided over the API."),
  );
  byId("closer").hidden = false;
  byId("closer-title").focus();
  await fill();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("button[data-look]");
  if (opener) look(opener.dataset.look);
  const writer = event.target.closest("button[data-message]");
  if (!writer) return;
  const text = prompt(`To ${writer.dataset.name}:`);
  if (!text) return;
  const note = make("span", { role: "status" });
  writer.after(note);
  guarded(note, async () => {
    await write(`owner/annotators/${encodeURIComponent(writer.dataset.message)}/messages`, { text });
    note.textContent = " sent";
  });
});

// What stands here already is not replaced before it changes.
for (const section of document.querySelectorAll("[data-live]")) known.set(section.id, section.outerHTML);
editGuideline();
makeInvites();
fill();
// The server says when something changed; at most one look in so many milliseconds.
let due = 0;
new EventSource(`${base}/api/owner/live`).addEventListener("message", () => {
  clearTimeout(due);
  due = setTimeout(refresh, SETTLE);
});
setInterval(refresh, 15 * REFRESH); // should a proxy swallow the stream
