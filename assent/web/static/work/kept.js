// Kept on this device so that the work page opens without a network: the page with its scripts and
// styles, and the questions that are here with their scenes and films. worker.js gives them out.
// A browser that cannot do that, or has no room, goes on without.

import { base } from "../api.js";
import { forget, NAME } from "../forget.js";

const PAGE = `${base}/work`;
const LIST = `${base}/work/questions`; // no page of the server: the name of the list of questions
const CONTENT = `${base}/api/`; // of scenes and films
const MOST_FILM = 16e6; // bytes of one question's films; one with more is not kept
const SETTLED = 1000; // milliseconds after which the page has what it needs itself
const LONGEST = 24 * 3600_000; // milliseconds since the server was last met, after which others have the questions

const able = "caches" in globalThis && "serviceWorker" in navigator;
const { person } = document.body.dataset;
let met = Date.now(); // when the server was, as far as this clock knows
let newest = null; // the last list of questions that was to be kept
let left = false; // whoever leaves keeps nothing more
// What people wait for comes first.
let turn = new Promise((resolve) => setTimeout(resolve, SETTLED));

/** One change after the other. */
function inTurn(act) {
  if (able) turn = turn.then(() => !left && act()).catch(() => {});
}

/**
 * Keeps the page as the server gives it now, with all that it names, or not at all. changed: whether
 * scripts may be other ones than those that were loaded a moment ago.
 */
export function keepPage(changed) {
  inTurn(async () => {
    await navigator.serviceWorker.register(`${base}/worker.js`, { scope: PAGE });
    const named = [...document.querySelectorAll("link[href], script[src]")].map((one) => new URL(one.href || one.src).pathname);
    const cache = await caches.open(NAME);
    const ask = (path, how) => new Request(path, { cache: how, redirect: "error" });
    await cache.addAll([ask(PAGE, "no-store"), ...[...new Set(named)].map((path) => ask(path, changed ? "no-cache" : "force-cache"))]);
    await prune(cache, "/static/", named);
  });
}

/** Keeps the questions that are here in place of those that were. there: whether the server is. */
export function keepQuestions(questions, there) {
  newest = questions;
  if (there) met = Date.now();
  inTurn(async () => {
    if (newest !== questions) return;
    const cache = await caches.open(NAME);
    const here = [];
    for (const question of questions) if (await whole(cache, question).catch(() => false)) here.push(question);
    const bare = here.map((one) => ({ ...one, options: one.options.map(({ show, ...rest }) => rest) }));
    await cache.put(LIST, new Response(JSON.stringify({ person, met, questions: bare })));
    await prune(cache, CONTENT, here.flatMap((one) => [...scenes(one), ...films(one)]));
  });
}

/** The questions that this person had here last, without their scenes; none where that was long ago. */
export async function keptQuestions() {
  try {
    const list = await (await caches.match(LIST, { cacheName: NAME })).json();
    if (list.person !== person || Math.abs(Date.now() - list.met) > LONGEST) return [];
    met = list.met;
    return list.questions;
  } catch {
    return [];
  }
}

/** Called when somebody leaves, or is let in no more; once, since others may come after. */
export function leaveNothing() {
  if (!left) turn = turn.then(forget);
  left = true;
  return turn;
}

const scenes = (question) => question.options.map((option) => `${CONTENT}scenes/${option.scene}`);
const films = (question) => question.options.filter(({ show }) => show.type === "video").map(({ show }) => `${CONTENT}media/${show.hash}`);

/** Keeps all that a question shows; false where it cannot be answered without a network. */
async function whole(cache, question) {
  // What is played needs the server; what is changed was answered already.
  if (question.form.layout === "play" || question.replaces) return false;
  for (const path of scenes(question)) {
    if (!(await cache.match(path))) await cache.add(new Request(path, { cache: "force-cache" }));
  }
  let room = MOST_FILM;
  for (const path of new Set(films(question))) {
    const copy = await cache.match(path);
    const film = copy ?? (await fetch(path));
    room -= Number(film.headers.get("Content-Length") ?? Infinity);
    if (copy && room >= 0) continue;
    if (!film.ok || room < 0) {
      film.body.cancel();
      return false;
    }
    await cache.put(path, film);
  }
  return true;
}

/** Removes what is below a path and not wanted any more. */
async function prune(cache, below, wanted) {
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(below) && !wanted.includes(pathname)) await cache.delete(request);
  }
}
