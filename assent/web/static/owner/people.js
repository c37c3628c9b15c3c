// The page of people: what is done about one of them, in a panel. Everything can be undone but erasing.

import { read, Refusal, write } from "../api.js";
import { byId, make } from "../elements.js";
import { invitePerson, watchInvites } from "./invites.js";
import { decimal, moment } from "../local.js";
import { ready } from "../ready.js";
import { t } from "../words.js";

let who = null; // the button of the person that the panel is about
let changed = false; // something that the table tells

const about = () => `owner/annotators/${encodeURIComponent(who.dataset.act)}`;

function tell(words, bad = false) {
  byId("act-said").textContent = words;
  byId("act-said").classList.toggle("problem", bad);
}

/** Does something, and says how it went; what stands below is read anew. changes: the table, too. */
async function guarded(done, work, changes = true) {
  tell("");
  try {
    await work();
    changed ||= changes;
    await log();
    tell(done);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell([error.message, error.advice].filter(Boolean).join(". "), true);
  }
}

const WORDS = {
  believe: ({ value }) => (value < 1 ? t("answers count {weight} times", { weight: decimal(value, 2) }) : t("fully believed again")),
  retrain: () => t("back to practice"),
  pause: ({ value }) => (value ? t("paused") : t("may answer again")),
};

const line = (words, seconds, more) =>
  make("li", {}, make("span", { dir: "auto" }, words), make("time", { class: "faint" }, moment(seconds)), more ? make("span", { class: "faint", dir: "auto" }, more) : null);

async function log() {
  const [{ decisions }, { messages }] = await Promise.all([read(`${about()}/decisions`), read(`${about()}/messages`)]);
  byId("decided").replaceChildren(...decisions.reverse().map((one) => line(WORDS[one.verb](one), one.created_at, one.reason)));
  if (!decisions.length) byId("decided").append(make("li", { class: "faint" }, t("Nothing so far.")));
  byId("sent").replaceChildren(...messages.reverse().map((one) => line(one.text, one.sent_at, one.read_at ? t("read") : t("not read yet"))));
}

function showWeight() {
  byId("weight-shown").textContent = decimal(Number(byId("weight").value), 2);
}

function showPause() {
  byId("pause").textContent = who.dataset.active === "yes" ? t("Pause") : t("Let answer again");
}

async function open(button) {
  who = button;
  changed = false;
  const { name, weight, reason } = button.dataset;
  byId("act-title").textContent = name;
  byId("weight").value = weight;
  byId("weight-why").value = reason;
  byId("message").value = "";
  byId("forget-name").value = "";
  byId("relinked").hidden = true;
  byId("retrain").disabled = byId("act").dataset.exercises === "0";
  showWeight();
  showPause();
  tell("");
  byId("act").showModal();
  byId("act-title").focus();
  await log();
}

function start() {
  const dialog = byId("act");
  watchInvites();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-act]");
    if (button) open(button);
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  // The table is made by the server; it is read again when something was changed.
  dialog.addEventListener("close", () => (changed ? location.reload() : who?.focus()));
  byId("weight").addEventListener("input", showWeight);
  byId("weigh").addEventListener("submit", (event) => {
    event.preventDefault();
    const weight = Number(byId("weight").value);
    guarded(t("Set: the next fit goes by it."), () => write(`${about()}/weight`, { weight, reason: byId("weight-why").value.trim() }, "PUT"));
  });
  byId("write").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(t("Sent."), async () => {
      await write(`${about()}/messages`, { text: byId("message").value });
      byId("message").value = "";
    });
  });
  byId("relink").addEventListener("click", () => guarded(t("Made; it is shown once."), async () => {
    await invitePerson(who.dataset.act, byId("relinked"), "relink-link");
  }, false));
  byId("retrain").addEventListener("click", () => guarded(t("They practise before they go on."), () => write(`${about()}/retrain`, {})));
  byId("pause").addEventListener("click", () => {
    const active = who.dataset.active !== "yes";
    guarded(active ? t("They may answer again.") : t("Paused: they get no questions."), async () => {
      await write(`${about()}/active`, { active }, "PUT");
      who.dataset.active = active ? "yes" : "no";
      showPause();
    });
  });
  byId("forget").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await write(`${about()}/erase`, { name: byId("forget-name").value });
      changed = true;
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell(error.message, true);
    }
  });
}

start();
ready();
