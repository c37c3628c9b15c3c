// A question from close by: what each said, when, in which order, and why; and a verdict.

import { base, read, Refusal, write } from "../api.js";
import { byId, make } from "../elements.js";
import { fill, gather, holders, LETTERS } from "./shown.js";
import { decimal, moment } from "../local.js";
import { prepare, put } from "./trial.js";
import { t } from "../words.js";

const seconds = ({ read: first = 0, decide = 0 }) => (first + decide ? decimal((first + decide) / 1000, 1) : "–");
const decided = (found) => found.said.find((one) => one.verdict && one.in_force);

/** The order on somebody's screen, by the letters of the question's own order. */
function seen(found, one) {
  const keys = found.options.map((option) => option.key);
  const order = one.shown.map((key) => LETTERS[keys.indexOf(key)]).join(" ");
  return one.shown.length > 1 && one.in_force ? make("small", { class: "faint" }, t("seen as {order}", { order })) : null;
}

/** From each annotator of a question to a name that does not say who it is. */
function masks(found) {
  const people = [...new Set(found.said.filter((one) => !one.verdict).map((one) => one.annotator))];
  return new Map(people.map((id, place) => [id, t("Person {n}", { n: place + 1 })]));
}

function row(found, one, name) {
  const state = [one.verdict && t("verdict"), one.late && t("late"), !one.in_force && t("no longer in force")].filter(Boolean);
  const who = make("th", { scope: "row", dir: "auto" }, one.verdict ? t("You") : name, ...state.map((word) => make("span", { class: "tag" }, word)));
  return make("tr", { class: one.in_force ? "" : "paused" }, who,
    make("td", { dir: "auto" }, make("span", { class: "said-words" }, one.words), seen(found, one)),
    make("td", { dir: "auto" }, one.note || "–"), make("td", {}, moment(one.created_at)), make("td", {}, seconds(one.timings)));
}

function table(found, named) {
  const heads = [t("Who"), t("Said"), t("Why"), t("When"), t("Seconds")];
  const hidden = masks(found);
  return make("div", { class: "scroll", role: "group", "aria-labelledby": "closer-title", tabindex: 0 }, make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...found.said.map((one) => row(found, one, named ? one.name : hidden.get(one.annotator))))));
}

/** What everybody said, without names before there is a verdict, unless they are asked for. */
function answers(found) {
  const box = make("div", {}, table(found, Boolean(decided(found))));
  if (decided(found) || !found.said.length) return box;
  const names = make("button", { type: "button" }, t("Show who said it"));
  names.addEventListener("click", () => {
    box.replaceChildren(table(found, true));
    box.querySelector("[tabindex]").focus();
  });
  box.append(make("p", { class: "row" }, names));
  return box;
}

/** What the owner decides, given as an annotator would give it. */
function verdict(found) {
  const said = make("span", { role: "status", class: "said" });
  const before = decided(found);
  const why = make("input", { id: "verdict-why", maxlength: 2000, autocomplete: "off", dir: "auto" });
  why.value = before?.note ?? "";
  const decide = make("button", { type: "button", class: "primary" }, before ? t("Decide anew") : t("Decide"));
  decide.addEventListener("click", () => put(found, (answer) => guarded(said, async () => {
    await write(`owner/questions/${encodeURIComponent(found.query)}/verdict`, { answer, note: why.value.trim() });
    await show(found.query);
    byId("closer-said").textContent = t("Decided; it can be asked as a known question now.");
  })));
  const train = make("a", { class: "button", href: `${base}/owner/practice?question=${encodeURIComponent(found.query)}` }, t("Make it an exercise"));
  train.hidden = !found.practisable;
  return make("div", {}, make("h3", {}, t("Your verdict")),
    make("p", { class: "faint" }, t("The options stand in the question's own order: A is the first on the screen that opens.")),
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
  const shown = make("div", { class: "before-after" }, ...holders(found.options));
  byId("closer-body").replaceChildren(make("p", { dir: "auto" }, found.question), shown, answers(found), verdict(found));
  await fill(byId("closer"));
  gather(shown);
}

/** Every button with `data-look` opens the question that it names. */
export function watchQuestions() {
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
