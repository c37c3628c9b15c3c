// A disputed question from close by: what each said, when, in which order, and why; and a verdict.

import { read, Refusal, write } from "./api.js";
import { byId, make } from "./elements.js";
import { fill, holders, LETTERS } from "./shown.js";
import { prepare, put } from "./trial.js";
import { t } from "./words.js";

const seconds = ({ read: first = 0, decide = 0 }) => (first + decide ? ((first + decide) / 1000).toFixed(1) : "–");
const when = (time) => new Date(time * 1000).toLocaleString(document.documentElement.lang);

/** The order on somebody's screen, by the letters of the question's own order. */
function order(found, one) {
  const keys = found.options.map((option) => option.key);
  return one.shown.length > 1 ? one.shown.map((key) => LETTERS[keys.indexOf(key)]).join(" ") : "–";
}

function row(found, one) {
  const state = [one.verdict && t("verdict"), one.late && t("late"), !one.in_force && t("no longer in force")].filter(Boolean);
  const who = make("th", { scope: "row" }, one.verdict ? t("You") : one.name, ...state.map((word) => make("span", { class: "tag" }, word)));
  const cells = [one.words, order(found, one), when(one.created_at), seconds(one.timings), one.note || "–"];
  return make("tr", { class: one.in_force ? "" : "paused" }, who, ...cells.map((text) => make("td", { dir: "auto" }, text)));
}

function table(found) {
  const heads = [t("Who"), t("Said, in the places that they saw"), t("Shown as"), t("When"), t("Seconds"), t("Why")];
  return make("div", { class: "scroll", role: "group", "aria-labelledby": "closer-title", tabindex: 0 }, make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...found.said.map((one) => row(found, one)))));
}

/** What the owner decides, given as an annotator would give it. */
function verdict(found) {
  const said = make("span", { role: "status", class: "said" });
  const why = make("input", { id: "verdict-why", maxlength: 2000, autocomplete: "off", dir: "auto" });
  const decide = make("button", { type: "button", class: "primary" }, found.said.some((one) => one.verdict && one.in_force) ? t("Decide anew") : t("Decide"));
  decide.addEventListener("click", () => put(found, (answer) => guarded(said, async () => {
    await write(`owner/questions/${encodeURIComponent(found.query)}/verdict`, { answer, note: why.value.trim() });
    await show(found.query);
    byId("closer-said").textContent = t("Decided; it can be asked as a known question now.");
  })));
  const train = make("button", { type: "button" }, t("Make it an exercise"));
  train.addEventListener("click", () => guarded(said, async () => {
    await write("owner/practice/from", { query: found.query, because: why.value.trim() });
    said.textContent = t("Added to the practice.");
  }));
  train.hidden = !found.said.some((one) => one.verdict && one.in_force);
  return make("div", {}, make("h3", {}, t("Your verdict")),
    make("p", { class: "faint" }, t("Options A, B, … stand in the question's own order; you see no names while you decide.")),
    make("label", { for: "verdict-why" }, t("Why; shown after the exercise, if you make it one")), why,
    make("p", { class: "row" }, decide, train, said), make("p", { id: "closer-said", role: "status", class: "said" }));
}

async function guarded(where, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    where.textContent = [error.message, error.advice].filter(Boolean).join(". ");
  }
}

async function show(query) {
  const found = await read(`owner/questions/${encodeURIComponent(query)}`);
  byId("closer-body").replaceChildren(
    make("p", { dir: "auto" }, found.question), make("div", { class: "before-after" }, ...holders(found.options)),
    table(found), verdict(found));
  await fill(byId("closer"));
}

export function watchDisputes() {
  prepare();
  const dialog = byId("closer");
  let opener = null;
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => {
    byId("closer-body").replaceChildren(); // clips end here
    document.querySelector(`[data-look="${CSS.escape(opener ?? "")}"]`)?.focus();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-look]");
    if (!button) return;
    opener = button.dataset.look;
    await show(opener);
    dialog.showModal();
    byId("closer-title").focus();
  });
}
