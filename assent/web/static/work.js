// The work screen: shows one question after the other, takes the answer, keeps it, goes on.

import { base, Refusal, write } from "./api.js";
import { Breaks } from "./breaks.js";
import { announce, byId, choice, keycap, make } from "./elements.js";
import { Outbox } from "./outbox.js";
import * as panels from "./panels.js";
import { Queue } from "./queue.js";
import { show as present } from "./screen.js";
import { inside, t } from "./words.js";

const SETTLE = 90; // milliseconds in which a key still belongs to the question before
const UNSENT = 400; // milliseconds for which new questions wait for an answer to be sent
const POLL = 3000; // milliseconds between looks for new questions

let outbox;
let queue;
let shown = null; // { question, control, player, watch, since, note, leave }
let past = []; // what was answered on this page, oldest first: { key, question, words }
let pollTimer = 0;
const breaks = new Breaks(pause);

let onSettled = () => {}; // called when every answer is on the server

const newKey = () => crypto.randomUUID();

/** Into the browser's own store first; from this moment on something waits to be sent. */
function keep(entry) {
  byId("saved").dataset.state = "waiting";
  return outbox.put(entry);
}

/** When every answer is on the server, or after a moment without one. */
async function settled() {
  if (!(await outbox.waiting()).length) return;
  await new Promise((resolve) => {
    onSettled = resolve;
    setTimeout(resolve, UNSENT);
  });
}

// ---------------------------------------------------------------- showing

function show(question) {
  leave();
  shown = present(question, answer, asides());
  byId("told").hidden = true;
  byId("resting").hidden = true;
  rules(question.guideline_version);
  breaks.suggest(tell);
}

/** Says so when the guideline is another than the one that was read. */
function rules(version) {
  const known = Number(document.body.dataset.guideline);
  if (version <= known) return;
  document.body.dataset.guideline = version;
  const button = make("button", { type: "button", class: "quiet" }, t("Read it"), keycap("G"));
  button.addEventListener("click", panels.showGuideline);
  tell(t("The guideline has changed."), button);
}

function asides() {
  const last = past.at(-1);
  const words = last ? make("span", {}, `${t("Undo")} `, make("em", {}, last.words)) : t("Undo");
  return make("div", { class: "asides" },
    choice("Z", words, undo, { class: last ? "quiet undo fresh" : "quiet undo" }),
    choice("S", t("Skip"), skip, { class: "quiet" }),
    choice("R", t("Add a reason"), note, { class: "quiet why" }),
    choice("M", t("Report"), flag, { class: "quiet" }));
}

function leave() {
  if (!shown) return;
  shown.leave();
  shown.watch.stop();
  shown = null;
}

async function next() {
  clearTimeout(pollTimer);
  // Whoever has to practise does that first; what is here already waits.
  const question = queue.practise ? null : queue.take();
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
  const ready = queue.practise ? null : queue.take();
  if (ready) show(ready);
  else rest();
}

async function refill() {
  await queue.fill(() => shown?.question);
  // The owner has new exercises: those first, once nothing waits to be sent.
  if (queue.practise && !shown && !(await outbox.waiting()).length) location.assign(`${base}/practice`);
  progress();
}

/** Nothing to answer: says so, and goes on by itself when there is something. */
function rest() {
  byId("work").hidden = true;
  const resting = byId("resting");
  resting.hidden = false;
  const { problem } = queue;
  showUndo();
  byId("resting-title").textContent = problem === "signed out" ? t("You are signed out")
    : problem ? t("No connection to the server") : t("No more questions right now");
  byId("resting-words").textContent = problem === "signed out"
    ? t("Open your invite link again. Answers that wait are kept on this device and sent then.")
    : problem ? t("Your answers are kept on this device. This page goes on by itself when the server is back.")
    : queue.progress?.over ? t("Thank you. All rounds are over; should there be more, this page goes on by itself.")
    : t("Thank you. New ones come when the next round begins; this page goes on by itself.");
  pollTimer = setTimeout(next, POLL);
}

function progress() {
  const now = queue.progress;
  if (!now) return;
  byId("progress").max = Math.max(1, now.round_slots);
  byId("progress").value = now.round_answered;
  byId("progress-words").textContent = t("{done} of {all} in this round, {mine} by you", { done: now.round_answered, all: now.round_slots, mine: now.mine });
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
      guideline_version: question.guideline_version,
      timings: watch.stop(),
      note: reason,
    },
  };
  const kept = shown;
  shown = null; // A second key must not answer the same question again.
  // At once: questions that are on their way may hold this one, which the server still has for us.
  queue.answered(question);
  kept.leave();
  // Kept in the browser first; only then the next question is shown.
  await keep(entry);
  past.push({ key, question: { ...question, previous: given }, words });
  breaks.answered();
  document.body.removeAttribute("data-noted");
  await next();
}

function skip() {
  if (!shown) return;
  panels.askReason(shown.question.form.skips, (one) => answer(one.answer, `${t("skipped")}, ${inside(one.label)}`));
}

function note() {
  panels.askNote(shown?.note ?? "", (text) => {
    if (!shown) return;
    shown.note = text;
    announce(text ? t("reason kept with the answer") : t("no reason"));
    document.body.toggleAttribute("data-noted", Boolean(text));
  });
}

/** Tells the owner of something that is wrong; the question stays, and can be answered or skipped. */
function flag() {
  if (!shown) return;
  const { query } = shown.question;
  panels.askReport(async (text) => {
    const key = newKey();
    await keep({ type: "flag", key, query, body: { key, query, text } });
    tell(t("Thank you. The owner will see it."));
  });
}

function pause() {
  breaks.begin();
  shown?.player?.clock.pause();
  panels.pause(() => breaks.rested());
}

/** On the resting screen the last answer can be taken back, too. */
function showUndo() {
  const last = past.at(-1);
  if (!last) return;
  const button = make("button", { type: "button", class: "quiet" }, t("Undo"), keycap("Z"));
  button.addEventListener("click", undo);
  tell(t("You answered: {words}", { words: last.words }), button);
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
  await keep({ type: "undo", key: newKey(), of: last.key, query: last.question.query, body: {} });
  bringBack({ ...last.question, undone: true });
  announce(t("answer taken back"));
}

/** Takes back what was answered before this page was loaded. */
async function undoEarlier() {
  const response = await fetch(`${base}/api/history?limit=1`).catch(() => null);
  const latest = response?.ok ? (await response.json()).answers[0] : null;
  if (latest) await change(latest);
  else announce(t("nothing to undo"));
}

async function change(entry) {
  try {
    const { question } = await write("undo", { feedback: entry.feedback, key: newKey() });
    past = past.filter((one) => one.question.query !== entry.query);
    if (question) bringBack({ ...(await queue.dress(question)), previous: entry.answer });
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
  p: pause,
  v: panels.turnView,
};

function onKey(event) {
  const saves = event.key === "Enter" && !event.altKey;
  if (((event.ctrlKey || event.metaKey) && !saves) || event.altKey || panels.isOpen()) return;
  const target = event.target;
  if (target.matches("input:not([type=range]), textarea, select")) return;
  const name = event.key.toLowerCase();
  if (target.matches("input[type=range]") && name.startsWith("arrow")) return;
  // A focused button keeps its own Space and Enter.
  if (target.matches("button, a") && (name === " " || name === "enter")) return;
  if (shown?.control.holds?.(event)) return event.preventDefault();
  if (event.repeat && name !== "," && name !== ".") return;
  if (take(event, name)) event.preventDefault();
}

function take(event, name) {
  if (ANYWHERE[name]) ANYWHERE[name]();
  else if (!shown) return false;
  else if (name === "s") skip();
  else if (name === "r") note();
  else if (name === "m") flag();
  else return shown.player?.key(name) || shown.control.key(event);
  return true;
}

function saved({ waiting, problem, durable }) {
  const chip = byId("saved");
  chip.dataset.state = problem ? "problem" : waiting ? "waiting" : "saved";
  const words = !waiting ? t("all saved")
    : problem === "signed out" ? t("{n} waiting, signed out", { n: waiting }) : t("{n} waiting", { n: waiting });
  chip.textContent = waiting && !durable ? `${words}, ${t("keep this page open")}` : words;
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
  panels.actions({ pause, turn: panels.turnView });
  addEventListener("answer-refused", (event) => tell(t("An answer was refused: {why}", { why: event.detail.message })));
  addEventListener("online", () => !shown && next());
  await next();
  await panels.showMessages();
  const beat = () => {
    // Whoever rests for long lets others have the questions; what is answered late is kept, too.
    if (!breaks.resting) queue.beat(() => shown?.question);
    setTimeout(beat, Math.max(5, (queue.leaseSeconds ?? 180) / 3) * 1000);
  };
  setTimeout(beat, Math.max(5, (queue.leaseSeconds ?? 180) / 3) * 1000);
}

start();
