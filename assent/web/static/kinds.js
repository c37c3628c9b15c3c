// How a question is answered: its buttons and its keys, made from the form that its kind gives.
// A kind made by somebody else needs nothing here.
// A controller is { panel, key(event) -> true when it was for this kind, marks? }.

import { announce, keycap, make } from "./elements.js";

/** Names of the options, in shown order: A and B for two, numbers for more. */
export function labels(question) {
  const count = question.options.length;
  if (count === 1) return [""];
  return question.options.map((_, i) => (question.form.layout === "rank" ? String(i + 1) : "ABCDEF"[i]));
}

/** The digit of a key, whatever the layout and Shift make of it; null when it is none. */
export function digit(event) {
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code) ?? /^(\d)$/.exec(event.key);
  return found ? Number(found[1]) : null;
}

/** A choice: the key on it, its words, what it does. */
export function choice(key, words, act, extra = {}) {
  const button = make("button", { type: "button", "aria-keyshortcuts": key, ...extra },
    make("span", { class: "words" }, words), keycap(key));
  button.addEventListener("click", act);
  return button;
}

const isPlace = (one) => one.key.endsWith("place");

/** Two options, with the choices of each beside it and those of the question between them. */
function seated(question, submit, names) {
  const { form } = question;
  const places = question.options.map((option) => form.choices.filter((one) => one.segment === option.key));
  const act = (one, place) => submit(one.answer, place === null ? one.label : `${names[place]}, ${one.label.toLowerCase()}`);
  const button = (one, place) => {
    const strong = one.key.startsWith("shift+");
    const cap = form.place_keys[place].toUpperCase();
    const label = `${names[place]} ${one.label.toLowerCase()}`;
    return choice(strong ? `⇧${cap}` : cap, label, () => act(one, place), {
      class: strong ? "much" : "main",
      "aria-label": `${names[place]}: ${one.label}`,
      "aria-keyshortcuts": strong ? `Shift+${cap}` : cap,
    });
  };
  const others = form.choices.filter((one) => !isPlace(one));
  const middle = make("div", { class: "middle" },
    ...others.map((one) => choice(one.key.toUpperCase(), one.label, () => act(one, null), { class: "other" })));
  const side = (place) => make("div", { class: "side" }, ...places[place].map((one) => button(one, place)));
  const panel = make("div", { class: "choices pair" }, side(0), middle, side(1));
  const key = (event) => {
    const name = event.key.toLowerCase();
    let place = form.place_keys.indexOf(name);
    if (name === "arrowleft" || digit(event) === 1) place = 0;
    if (name === "arrowright" || digit(event) === 2) place = 1;
    const wanted = event.shiftKey ? "shift+place" : "place";
    const one = place < 0 ? others.find((other) => other.key === name) : places[place].find((other) => other.key === wanted);
    if (!one) return false;
    act(one, place < 0 ? null : place);
    return true;
  };
  return { panel, key };
}

const PLACES = ["best", "2nd", "3rd", "4th", "5th", "6th"];

/** Ranking by naming the options from best to worst; complete when each has a place. */
class Ranking {
  constructor(question, submit) {
    this.options = question.options;
    this.submit = submit;
    this.groups = [];
    this.tying = false;
    this.marks = question.options.map((_, i) => this.#mark(i));
    this.said = make("output", { class: "ranked" });
    this.tie = choice("=", "Tie with next", () => this.tieNext(), { "aria-pressed": "false" });
    this.panel = make("div", { class: "choices ranking" }, this.said, this.tie,
      choice("⌫", "Back", () => this.back(), { "aria-label": "take the last place back", "aria-keyshortcuts": "Backspace" }));
    this.#show();
  }

  #mark(i) {
    const button = make("button", { type: "button", class: "rank", "aria-keyshortcuts": String(i + 1) });
    button.addEventListener("click", () => this.place(i));
    return button;
  }

  key(event) {
    const number = digit(event);
    if (event.key === "=" || event.key === "+") this.tieNext();
    else if (event.key === "Backspace") this.back();
    else if (number && number <= this.options.length) this.place(number - 1);
    else return false;
    return true;
  }

  tieNext() {
    this.tying = this.groups.length > 0 && !this.tying;
    this.#show();
  }

  back() {
    if (this.tying) this.tying = false;
    else {
      this.groups.at(-1)?.pop();
      if (this.groups.length && !this.groups.at(-1).length) this.groups.pop();
    }
    this.#show();
  }

  place(i) {
    if (this.groups.flat().includes(i)) return;
    if (this.tying) this.groups.at(-1).push(i);
    else this.groups.push([i]);
    this.tying = false;
    this.#show();
    if (this.groups.flat().length < this.options.length) return;
    this.submit({ ranking: this.groups.map((group) => group.map((index) => this.options[index].key)) }, this.#words());
  }

  #words() {
    return this.groups.map((group) => group.map((i) => i + 1).join(" = ")).join(" > ");
  }

  #show() {
    this.marks.forEach((button, i) => {
      const rank = this.groups.findIndex((group) => group.includes(i));
      button.setAttribute("aria-pressed", String(rank >= 0));
      button.setAttribute("aria-label", rank < 0 ? `option ${i + 1}: not placed yet` : `option ${i + 1}: place ${rank + 1}`);
      button.replaceChildren(rank < 0 ? keycap(i + 1) : make("span", {}, PLACES[rank]));
      button.closest(".item")?.toggleAttribute("data-placed", rank >= 0);
    });
    this.tie.setAttribute("aria-pressed", String(this.tying));
    const left = this.options.length - this.groups.flat().length;
    const words = this.groups.length ? `${this.#words()}${this.tying ? " = …" : left ? " > …" : ""}` : "";
    this.said.textContent = words || "Best first: type the numbers, or tap them, from best to worst";
    if (words) announce(words);
  }
}

/** A list of choices about the whole question: rating, approval, and kinds of others. */
function listed(question, submit) {
  const list = question.form.choices;
  const panel = make("div", { class: `choices list ${question.kind}${list.length > 3 ? " scale" : ""}` });
  panel.style.setProperty("--count", String(list.length));
  for (const one of list) {
    const words = make("span", {}, make("span", { class: "level" }, one.label), one.hint && make("small", {}, one.hint));
    const cap = one.key.toUpperCase();
    panel.append(choice(cap, words, () => submit(one.answer, said(one)), {
      class: cap === one.label ? "main same" : "main",
      "aria-label": said(one),
    }));
  }
  const key = (event) => {
    const name = digit(event) === null ? event.key.toLowerCase() : String(digit(event));
    const chosen = list.find((one) => one.key.toLowerCase() === name);
    if (chosen) submit(chosen.answer, said(chosen));
    return Boolean(chosen);
  };
  return { panel, key };
}

const said = (one) => (one.hint ? `${one.label}, ${one.hint.toLowerCase()}` : one.label);

/** The controller of a question; submit(answer, words) is called once it is answered. */
export function controller(question, submit) {
  const { form } = question;
  if (form.layout === "rank") return new Ranking(question, submit);
  if (question.options.length === 2 && form.choices.some(isPlace)) return seated(question, submit, labels(question));
  return listed(question, submit);
}
