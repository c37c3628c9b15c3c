// How a question is answered: its buttons and its keys, made from the form that its kind gives.
// A kind made by somebody else needs nothing here, as long as its form has one of the layouts.
// A controller is { panel, key(event) -> true when it was for this kind }, and may have: heads, an
// element for the top of each card; beside or instead, an element after the reply or in its place;
// attach(cards), called once they are on the page; leave(), called when they go; holds(event), asked
// before all other keys.

import { choice, digit, keyName, make } from "../elements.js";
import { Marks } from "./marks.js";
import { Play } from "./play.js";
import { Ranking } from "./ranking.js";
import { Attributes, Group } from "./rating.js";
import { inside } from "../words.js";
import { Writing } from "./writing.js";

const NUMBERED = new Set(["rank", "rate_then_rank"]);

/** Names of the options, in shown order: A and B for two, numbers for more. */
export function labels(question) {
  const count = question.options.length;
  if (count === 1) return [""];
  return question.options.map((_, i) => (NUMBERED.has(question.form.layout) ? String(i + 1) : "ABCDEF"[i]));
}

const sorted = (answer) => JSON.stringify(Object.entries(answer).sort());

/** Whether a choice is what was answered before, for its button; nothing where nothing was. */
const pressed = ({ previous }, one) =>
  previous ? { "aria-pressed": String(sorted(previous) === sorted(one.answer)) } : {};

const isPlace = (one) => one.key.endsWith("place");

/** Two options, with the choices of each beside it and those of the question between them. */
function seated(question, submit, names) {
  const { form } = question;
  const places = question.options.map((option) => form.choices.filter((one) => one.segment === option.key));
  const act = (one, place) => submit(one.answer, place === null ? one.label : `${names[place]}, ${inside(one.label)}`);
  const button = (one, place) => {
    const strong = one.key.startsWith("shift+");
    const cap = form.place_keys[place].toUpperCase();
    const label = `${names[place]} ${inside(one.label)}`;
    return choice(strong ? `⇧${cap}` : cap, label, () => act(one, place), {
      class: strong ? "much" : "main",
      "aria-keyshortcuts": strong ? `Shift+${cap}` : cap,
      ...pressed(question, one),
    });
  };
  const others = form.choices.filter((one) => !isPlace(one));
  const middle = make("div", { class: "middle" },
    ...others.map((one) => choice(one.key.toUpperCase(), one.label, () => act(one, null), { class: "other", ...pressed(question, one) })));
  const side = (place) => make("div", { class: "side" }, ...places[place].map((one) => button(one, place)));
  const panel = make("div", { class: "choices pair" }, side(0), middle, side(1));
  const arrows = document.dir === "rtl" ? ["arrowright", "arrowleft"] : ["arrowleft", "arrowright"];
  const key = (event) => {
    const name = keyName(event);
    const place = [0, 1].find((i) => name === form.place_keys[i] || name === arrows[i] || digit(event) === i + 1) ?? -1;
    const wanted = event.shiftKey ? "shift+place" : "place";
    const one = place < 0 ? others.find((other) => other.key === name) : places[place].find((other) => other.key === wanted);
    if (!one) return false;
    act(one, place < 0 ? null : place);
    return true;
  };
  return { panel, key };
}

/** A list of choices about the whole question: rating, approval, and kinds of others. */
function listed(question, submit) {
  const list = question.form.choices;
  const panel = make("div", { class: `choices list ${question.kind}${list.length > 3 ? " scale" : ""}` });
  for (const one of list) {
    const words = make("span", {}, make("span", { class: "level" }, one.label), one.hint && make("small", {}, one.hint));
    const cap = one.key.toUpperCase();
    panel.append(choice(cap, words, () => submit(one.answer, said(one)), {
      class: cap === one.label ? "main same" : "main",
      ...pressed(question, one),
    }));
  }
  const key = (event) => {
    const chosen = list.find((one) => one.key.toLowerCase() === keyName(event));
    if (chosen) submit(chosen.answer, said(chosen));
    return Boolean(chosen);
  };
  return { panel, key };
}

const said = (one) => (one.hint ? `${one.label}, ${inside(one.hint)}` : one.label);

const LAYOUTS = { rank: Ranking, rate: Attributes, rate_then_rank: Group, write: Writing, mark: Marks, play: Play };

/** The controller of a question; submit(answer, words) is called once it is answered. */
export function controller(question, submit) {
  const { form } = question;
  const Layout = LAYOUTS[form.layout];
  if (Layout) return new Layout(question, submit);
  if (question.options.length === 2 && form.choices.some(isPlace)) return seated(question, submit, labels(question));
  return listed(question, submit);
}
