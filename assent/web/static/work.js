// The work screen: shows one question after the other, takes the answer, keeps it, goes on.

import { base, Refusal, write } from "./api.js";
import { announce, byId, keycap, make, prose } from "./elements.js";
import { choice, controller, labels } from "./kinds.js";
import { Outbox } from "./outbox.js";
import * as panels from "./panels.js";
import { Player } from "./player.js";
import { Queue } from "./queue.js";
import { Stopwatch, whenSeen } from "./timing.js";

const SETTLE = 90; // milliseconds in which a key still belongs to the question before
const UNSENT = 400; // milliseconds for which new questions wait for an answer to be sent
const POLL = 3000; // milliseconds between looks for new questions

let outbox;
let queue;
let shown = null; // { question, control, player, watch, since, note, leave }
let past = []; // what was answered on this page, oldest first: { key, question, words }
let pollTimer = 0;

let onSettled = () => {}; // called when every answer is on the server

const newKey = () => crypto.randomUUID();

/** When every answer is on the server, or after a moment without one. */
async function settled() {
  if (!(await outbox.waiting()).length) return;
  await new Promise((resolve) => {
    onSettled = resolve;
    setTimeout(resolve, UNSENT);
  });
}

// ---------------------------------------------------------------- showing

function card(question, option, label, control, index) {
  const parts = [];
  if (label) {
    // In a ranking the button that places an option is its name, too.
    const title = control.marks ? make("h2", { class: "unseen" }, label) : make("h2", {}, label);
    parts.push(make("header", {}, title, control.marks?.[index]));
  }
  const name = label ? `option ${label}` : "what is judged";
  return make("article", { class: "item", "aria-label": name }, ...parts);
}

/** Who said what; a single message needs no name. */
function messages(list) {
  return list.map(({ role, html }) =>
    make("div", { class: `message ${role === "assistant" ? "assistant" : "user"}` },
      list.length > 1 ? make("span", { class: "role" }, role) : null, prose(html)));
}

const isText = (option) => option.show.type === "text";

/** The words before the replies: once above all when they are the same for all. */
function context(option) {
  const { show } = option;
  return show.messages?.length ? messages(show.messages) : show.prompt_html ? [prose(show.prompt_html)] : [];
}

function fillText(question, cards) {
  const said = question.options.map((option) => JSON.stringify([option.show.prompt_html, option.show.messages]));
  const same = said.every((one) => one === said[0]);
  const above = byId("prompt");
  const common = same ? context(question.options[0]) : [];
  above.replaceChildren(...common);
  above.hidden = !common.length;
  return question.options.map((option, i) => {
    if (!same) cards[i].append(make("div", { class: "own-prompt" }, ...context(option)));
    const end = make("span", { class: "end", "aria-hidden": "true" });
    cards[i].append(prose(option.show.reply_html || "<p><em>(an empty reply)</em></p>", "prose reply"));
    if (option.show.cut) cards[i].append(make("p", { class: "cut" }, "cut off here, at the greatest length"));
    cards[i].append(end);
    return end;
  });
}

function show(question) {
  leave();
  const names = labels(question);
  const control = controller(question, answer);
  const watch = new Stopwatch();
  const cards = question.options.map((option, i) => card(question, option, names[i], control, i));
  shown = { question, control, watch, player: null, note: "", since: performance.now(), leave: () => {} };
  byId("question").textContent = question.question;
  byId("items").className = `items ${question.kind} of-${Math.min(6, cards.length)} ${isText(question.options[0]) ? "text" : "clips"}`;
  if (question.options.every(isText)) {
    const ends = fillText(question, cards);
    byId("items").replaceChildren(...cards);
    byId("player").replaceChildren();
    shown.leave = whenSeen(ends, () => watch.fullyShown());
  } else {
    fillClips(question, cards, names, watch);
  }
  byId("choices").replaceChildren(control.panel, asides());
  byId("work").hidden = false;
  byId("told").hidden = true;
  byId("resting").hidden = true;
  scrollTo(0, 0);
  announce(`${question.question} ${names.length > 1 ? `${names.length} options` : ""}`);
}

function fillClips(question, cards, names, watch) {
  byId("prompt").hidden = true;
  const player = new Player(question.options.map((option) => option.show), names, () => {
    watch.fullyShown();
  });
  player.frames.forEach((frame, i) => cards[i].append(frame));
  byId("items").replaceChildren(...cards);
  byId("player").replaceChildren(player.controls());
  shown.player = player;
  shown.leave = () => player.stop();
  player.start();
}

function asides() {
  const last = past.at(-1);
  const words = last ? make("span", {}, "Undo ", make("em", {}, last.words)) : "Undo";
  return make("div", { class: "asides" },
    choice("Z", words, undo, { class: last ? "quiet undo fresh" : "quiet undo" }),
    choice("S", "Skip", skip, { class: "quiet" }),
    choice("R", "Add a reason", note, { class: "quiet" }));
}

function leave() {
  if (!shown) return;
  shown.leave();
  shown.watch.stop();
  shown = null;
}

async function next() {
  clearTimeout(pollTimer);
  const question = queue.take();
  if (question) {
    show(question);
    // Once the answer is on the server, so that its count has this answer in it.
    settled().then(refill);
    return;
  }
  leave();
  await settled();
  await refill();
  if (shown) return;
  const ready = queue.take();
  if (ready) show(ready);
  else rest();
}

async function refill() {
  await queue.fill(() => shown?.question);
  progress();
}

/** Nothing to answer: says so, and goes on by itself when there is something. */
function rest() {
  byId("work").hidden = true;
  const resting = byId("resting");
  resting.hidden = false;
  const { problem } = queue;
  showUndo();
  byId("resting-title").textContent = problem === "signed out" ? "You are signed out"
    : problem ? "No connection to the server" : "No more questions right now";
  byId("resting-words").textContent = problem === "signed out"
    ? "Open your invite link again. Answers that wait are kept on this device and sent then."
    : problem ? "Your answers are kept on this device. This page goes on by itself when the server is back."
    : queue.progress?.over ? "Thank you. All rounds are over; should there be more, this page goes on by itself."
    : "Thank you. New ones come when the next round begins; this page goes on by itself.";
  pollTimer = setTimeout(next, POLL);
}

function progress() {
  const now = queue.progress;
  if (!now) return;
  byId("progress").max = Math.max(1, now.round_slots);
  byId("progress").value = now.round_answered;
  byId("progress-words").textContent = `${now.round_answered} of ${now.round_slots} in this round, ${now.mine} by you`;
}

// ---------------------------------------------------------------- answering

async function answer(given, words) {
  if (!shown || performance.now() - shown.since < SETTLE) return;
  const { question, watch, player, note: reason } = shown;
  if (player) watch.replays = player.clock.cycles;
  const key = newKey();
  const entry = {
    type: "answer",
    key,
    afterUndo: Boolean(question.undone),
    body: {
      key,
      slot: question.slot,
      lease_token: question.lease_token,
      query: question.query,
      answer: given,
      shown_order: question.shown_order,
      timings: watch.stop(),
      note: reason,
    },
  };
  const kept = shown;
  shown = null; // A second key must not answer the same question again.
  kept.leave();
  // Kept in the browser first; only then the next question is shown.
  await outbox.put(entry);
  past.push({ key, question, words });
  queue.answered(question);
  document.body.removeAttribute("data-noted");
  await next();
}

function skip() {
  if (!shown) return;
  panels.askReason(shown.question.form.skips, (one) => answer(one.answer, `skipped, ${one.label.toLowerCase()}`));
}

function note() {
  panels.askNote(shown?.note ?? "", (text) => {
    if (!shown) return;
    shown.note = text;
    announce(text ? "reason kept with the answer" : "no reason");
    document.body.toggleAttribute("data-noted", Boolean(text));
  });
}

/** On the resting screen the last answer can be taken back, too. */
function showUndo() {
  const last = past.at(-1);
  if (!last) return;
  const button = make("button", { type: "button", class: "quiet" }, "Undo", keycap("Z"));
  button.addEventListener("click", undo);
  tell(`You answered: ${last.words}`, button);
}

function bringBack(question) {
  if (shown) queue.putFirst(shown.question);
  queue.putFirst(question);
  next();
}

async function undo() {
  const last = past.pop();
  if (!last) return undoEarlier();
  // Whatever was answered may already be on its way: the undo follows it, in order.
  await outbox.put({ type: "undo", key: newKey(), of: last.key, query: last.question.query, body: {} });
  bringBack({ ...last.question, undone: true });
  announce("answer taken back");
}

/** Takes back what was answered before this page was loaded. */
async function undoEarlier() {
  const response = await fetch(`${base}/api/history?limit=1`).catch(() => null);
  const latest = response?.ok ? (await response.json()).answers[0] : null;
  if (latest) await change(latest);
  else announce("nothing to undo");
}

async function change(entry) {
  try {
    const { question } = await write("undo", { feedback: entry.feedback, key: newKey() });
    past = past.filter((one) => one.question.query !== entry.query);
    if (question) bringBack(await queue.dress(question));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message);
  }
}

function tell(words, ...extra) {
  const bar = byId("told");
  bar.replaceChildren(make("span", {}, words), ...extra);
  bar.hidden = false;
}

// ---------------------------------------------------------------- keys and start

const ANYWHERE = {
  g: panels.showGuideline,
  "?": panels.showKeys,
  h: () => panels.showHistory(change),
  z: undo,
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || panels.isOpen()) return;
  const target = event.target;
  if (target.matches("input:not([type=range]), textarea, select")) return;
  const name = event.key.toLowerCase();
  if (target.matches("input[type=range]") && name.startsWith("arrow")) return;
  // A focused button keeps its own Space and Enter.
  if (target.matches("button, a") && (name === " " || name === "enter")) return;
  if (event.repeat && name !== "," && name !== ".") return;
  if (take(event, name)) event.preventDefault();
}

function take(event, name) {
  if (ANYWHERE[name]) ANYWHERE[name]();
  else if (!shown) return false;
  else if (name === "s") skip();
  else if (name === "r") note();
  else return shown.player?.key(name) || shown.control.key(event);
  return true;
}

function saved({ waiting, problem, durable }) {
  const chip = byId("saved");
  chip.dataset.state = problem ? "problem" : waiting ? "waiting" : "saved";
  const words = waiting ? `${waiting} waiting${problem === "signed out" ? ", signed out" : ""}` : "all saved";
  chip.textContent = waiting && !durable ? `${words}, keep this page open` : words;
  chip.title = problem;
  if (!waiting) onSettled();
}

async function start() {
  panels.prepare();
  const person = document.body.dataset.person;
  outbox = await Outbox.open(`assent ${base} ${person}`, saved);
  queue = new Queue(outbox);
  document.addEventListener("keydown", onKey);
  // A button that was clicked gives the focus back, so that Space is play again.
  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
  byId("open-guideline").addEventListener("click", panels.showGuideline);
  byId("open-keys").addEventListener("click", panels.showKeys);
  byId("open-history").addEventListener("click", () => panels.showHistory(change));
  addEventListener("answer-refused", (event) => tell(`An answer was refused: ${event.detail.message}`));
  addEventListener("online", () => !shown && next());
  await next();
  const beat = () => {
    queue.beat(() => shown?.question);
    setTimeout(beat, Math.max(5, (queue.leaseSeconds ?? 180) / 3) * 1000);
  };
  setTimeout(beat, Math.max(5, (queue.leaseSeconds ?? 180) / 3) * 1000);
}

start();
