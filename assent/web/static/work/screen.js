// One question on the screen: its options with their scenes, and what it is answered with.

import { announce, byId, make, prose } from "../elements.js";
import { controller, labels } from "../kinds/kinds.js";
import { Player } from "../clips/player.js";
import { fit } from "./room.js";
import { Stopwatch, whenSeen } from "../timing.js";
import { t } from "../words.js";

function card(question, label, control, index) {
  const parts = [];
  if (label) {
    // Where a button in the card's head is its name, the title need not be seen.
    const title = control.heads ? make("h2", { class: "unseen" }, label) : make("h2", {}, label);
    parts.push(make("header", {}, title, control.heads?.[index] && make("strong", { class: "number", "aria-hidden": "true" }, label), control.heads?.[index]));
  }
  const name = label ? t("option {label}", { label }) : t("what is judged");
  return make("article", { class: "item", "aria-label": name }, ...parts);
}

/** Who said what; a single message needs no name. */
function messages(list) {
  return list.map(({ role, html }) =>
    make("div", { class: `message ${role === "assistant" ? "assistant" : "user"}`, dir: "auto" },
      list.length > 1 ? make("span", { class: "role" }, t(role)) : null, prose(html)));
}

const isText = (option) => option.show.type === "text";

/** The words before the replies: once above all when they are the same for all. */
function context(option) {
  const { show } = option;
  if (show.messages?.length) return messages(show.messages);
  const prompt = prose(show.prompt_html ?? "");
  prompt.dir = "auto";
  return show.prompt_html ? [prompt] : [];
}

/** The reply, and what the question's kind puts beside it or in its place. */
function reply(option, control) {
  if (control.instead) return [control.instead];
  const shown = prose(option.show.reply_html, "prose reply");
  shown.dir = "auto";
  if (!option.show.reply_html) shown.append(make("p", {}, make("em", {}, t("(an empty reply)"))));
  const cut = option.show.cut ? make("p", { class: "cut" }, t("cut off here, at the greatest length")) : null;
  return [shown, cut, control.beside].filter(Boolean);
}

/** Puts what came before above all options where it is the same for all, else above each. */
function fillContext(question, cards) {
  const said = question.options.map((option) => JSON.stringify([option.show.prompt_html, option.show.messages]));
  const same = said.every((one) => one === said[0]);
  const above = byId("prompt");
  const common = same ? context(question.options[0]) : [];
  above.replaceChildren(...common);
  above.hidden = !common.length;
  if (!same) question.options.forEach((option, i) => cards[i].append(make("div", { class: "own-prompt" }, ...context(option))));
}

function fillText(question, cards, control) {
  fillContext(question, cards);
  return question.options.map((option, i) => {
    const end = make("span", { class: "end", "aria-hidden": "true" });
    cards[i].append(...reply(option, control), end);
    return end;
  });
}

function fillClips(question, cards, names, watch) {
  fillContext(question, cards);
  const player = new Player(question.options.map((option) => option.show), names, () => {
    watch.fullyShown();
  });
  player.frames.forEach((frame, i) => cards[i].append(frame));
  byId("items").replaceChildren(...cards);
  byId("player").replaceChildren(player.controls());
  player.start();
  return player;
}

/** The keys that hold for this question come first in the help; the others can be opened there. */
function sortKeys({ form, options }) {
  const [now, other] = [byId("keys-now"), byId("keys-other")];
  if (!now) return; // an owner's page has no help
  const wanted = [form.layout === "choose" ? (options.length === 2 ? "pair" : "one") : form.layout];
  if (form.layout !== "play" && !options.every(isText)) wanted.push("clips");
  const lists = [...now.children, ...other.children];
  const fitting = [...wanted, "always"].flatMap((one) => lists.filter((list) => list.dataset.for.split(" ").includes(one)));
  other.append(...lists.filter((list) => !fitting.includes(list)));
  now.replaceChildren(...fitting);
}

/**
 * Shows a question; submit(answer, words) is called once it is answered. What comes back is
 * { question, control, watch, player, note, since, leave }; leave() ends it.
 */
export function show(question, submit, asides) {
  const names = labels(question);
  const control = controller(question, submit);
  const watch = new Stopwatch();
  const cards = question.options.map((_, i) => card(question, names[i], control, i));
  const shown = { question, control, watch, player: null, note: "", since: performance.now() };
  byId("question").textContent = question.question;
  byId("items").className = `items ${question.kind} of-${Math.min(6, cards.length)} ${isText(question.options[0]) ? "text" : "clips"}`;
  let unsee = () => {};
  if (question.form.layout === "play") {
    byId("prompt").hidden = true;
    cards[0].append(control.instead);
    byId("items").replaceChildren(...cards);
    byId("player").replaceChildren();
    watch.fullyShown();
  } else if (question.options.every(isText)) {
    const ends = fillText(question, cards, control);
    byId("items").replaceChildren(...cards);
    byId("player").replaceChildren();
    unsee = whenSeen(ends, () => watch.fullyShown());
  } else {
    shown.player = fillClips(question, cards, names, watch);
  }
  const unfit = fit(cards);
  shown.leave = () => {
    unsee();
    unfit();
    control.leave?.();
    shown.player?.stop();
  };
  byId("choices").replaceChildren(control.panel, asides);
  sortKeys(question);
  byId("work").hidden = false;
  control.attach?.(cards);
  // In a panel over a page, the page stays where it is.
  if (!document.querySelector("dialog[open]")) scrollTo(0, 0);
  announce(`${question.question} ${names.length > 1 ? t("{n} options", { n: names.length }) : ""}`);
  return shown;
}
