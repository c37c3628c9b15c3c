// Marks: choose words with arrows, mouse or finger, press the label's digit, say why.

import { announce, choice, digit, make } from "../elements.js";
import { t } from "../words.js";

const WORD = /\S+/g;

const FENCED = /^```[^]*?^```/gm;

const quoted = (text) => t("“{text}”", { text });

/** Places of a JavaScript string are halves of surrogate pairs; answers count whole characters. */
const points = (text) => [...text].length;

export class Marks {
  constructor(question, submit) {
    this.text = question.form.text;
    this.labels = question.form.choices;
    this.submit = submit;
    this.marks = (question.previous?.marks ?? []).map((mark) => this.#remembered(mark));
    this.chosen = null; // [first, last] word, with `anchor` where the choice began
    this.anchor = 0;
    this.warned = false;
    this.words = [...this.text.matchAll(WORD)].map((found) => ({ from: found.index, to: found.index + found[0].length }));
    this.instead = this.#draw();
    this.reason = make("input", { maxlength: 500, "aria-label": t("Why? You may leave it empty."), placeholder: t("Why? You may leave it empty."), autocomplete: "off", dir: "auto" });
    this.reason.addEventListener("keydown", (event) => this.#reasonKey(event));
    this.asking = make("div", { class: "reason", hidden: true }, this.reason,
      choice("↵", t("Keep the mark"), () => this.#keep(), { "aria-keyshortcuts": "Enter" }));
    this.said = make("output", { class: "ranked" });
    this.done = choice("↵", "", () => this.#send(), { class: "main", "aria-keyshortcuts": "Enter" });
    this.buttons = [
      ...this.labels.map((one, i) => choice(one.key, this.#named(i), () => this.#label(i), { class: "other" })),
      choice("⌫", t("Back"), () => this.#back(), { class: "other", title: t("take the last mark back"), "aria-keyshortcuts": "Backspace" }),
      this.done,
    ];
    this.panel = make("div", { class: "choices marking" }, this.said, this.asking, ...this.buttons);
    this.#show();
  }

  #remembered(mark) {
    const letters = [...this.text];
    const from = letters.slice(0, mark.start).join("").length;
    const to = letters.slice(0, mark.stop).join("").length;
    return { from, to, label: this.labels.findIndex((one) => one.answer.label === mark.label), reason: mark.reason };
  }

  /** A label with the line that its marks have. */
  #named(label) {
    return make("span", { class: "under", "data-label": label }, this.labels[label].label);
  }

  /** The text as it was written, each word and what is between two an element of its own. */
  #draw() {
    const page = make("div", { class: "plain reply", role: "application", tabindex: "0", "aria-label": t("The text: arrows choose a word, Shift with arrows more of them"), dir: "auto" });
    let place = 0;
    this.pieces = [];
    const fenced = [...this.text.matchAll(FENCED)].map((found) => [found.index, found.index + found[0].length]);
    const piece = (from, to, attributes) => {
      const code = fenced.some(([start, stop]) => start <= from && to <= stop);
      const element = make("span", { ...attributes, "data-code": code }, this.text.slice(from, to));
      this.pieces.push({ element, from, to, lines: "" });
      page.append(element);
      return element;
    };
    this.spots = this.words.map(({ from, to }, i) => {
      piece(place, from, { class: "gap" });
      place = to;
      return piece(from, to, { class: "word", "data-word": i });
    });
    page.append(this.text.slice(place));
    const word = (event) => Number(document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-word]")?.dataset.word ?? -1);
    // Dragged with a mouse: as far as it goes. Tapped: from the first tap to the second.
    page.addEventListener("pointerdown", (event) => {
      const at = event.pointerType === "mouse" ? word(event) : -1;
      if (at < 0) return;
      if (event.shiftKey && this.chosen) this.#choose(this.anchor, at);
      else this.#begin(at);
    });
    page.addEventListener("pointermove", (event) => {
      const at = event.pointerType === "mouse" && event.buttons && this.chosen ? word(event) : -1;
      if (at >= 0) this.#choose(this.anchor, at);
    });
    page.addEventListener("click", (event) => {
      const at = event.pointerType === "mouse" ? -1 : word(event);
      if (at < 0) return;
      if (this.chosen && this.chosen[0] === this.chosen[1]) this.#choose(this.anchor, at);
      else this.#begin(at);
    });
    return page;
  }

  #begin(word) {
    this.anchor = word;
    this.#choose(word, word);
  }

  #choose(one, other) {
    this.moving = other;
    this.chosen = [Math.min(one, other), Math.max(one, other)];
    this.warned = false;
    this.#show();
    announce(this.#chosenText());
  }

  #chosenText() {
    return this.text.slice(this.words[this.chosen[0]].from, this.words[this.chosen[1]].to);
  }

  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 }[event.key];
    if (steps && this.words.length) this.#step(document.dir === "rtl" && Math.abs(steps) === 1 ? -steps : steps, event.shiftKey);
    else if (event.key === "Backspace") this.#back();
    else if (event.key === "Enter") this.#send();
    else if (digit(event) && digit(event) <= this.labels.length) this.#label(digit(event) - 1);
    else return false;
    return true;
  }

  #step(steps, further) {
    const start = this.chosen ? this.moving : steps > 0 ? -1 : this.words.length;
    const at = Math.min(this.words.length - 1, Math.max(0, start + (this.chosen ? steps : Math.sign(steps))));
    if (further && this.chosen) this.#choose(this.anchor, at);
    else this.#begin(at);
    this.spots[at].scrollIntoView({ block: "nearest" });
  }

  #label(label) {
    if (!this.chosen) return this.#tell(t("Choose some words first."));
    const [first, last] = this.chosen;
    const made = { from: this.words[first].from, to: this.words[last].to, label, reason: "" };
    const same = this.marks.some((mark) => mark.from === made.from && mark.to === made.to && mark.label === label);
    if (same) return this.#tell(t("That is marked already."));
    this.making = made;
    this.reason.value = "";
    this.#show();
    this.reason.focus();
    return undefined;
  }

  #reasonKey(event) {
    if (event.key === "Enter") this.#keep();
    else if (event.key === "Escape") this.#forget();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #keep() {
    if (!this.making) return;
    this.marks.push({ ...this.making, reason: this.reason.value.trim() });
    this.chosen = null;
    this.#forget();
  }

  #forget() {
    this.making = null;
    this.reason.blur();
    this.#show();
  }

  #back() {
    if (this.chosen) this.chosen = null;
    else this.marks.pop();
    this.#show();
  }

  #tell(words) {
    this.said.textContent = words;
    announce(words);
  }

  #send() {
    if (this.making) return this.#keep();
    if (!this.marks.length && !this.warned) {
      this.warned = true;
      return this.#tell(t("Nothing is marked. Enter again if there is nothing to mark."));
    }
    const marks = this.marks.map(({ from, to, label, reason }) => {
      const text = this.text.slice(from, to);
      const start = points(this.text.slice(0, from));
      return { start, stop: start + points(text), label: this.labels[label].answer.label, reason, text };
    });
    return this.submit({ marks }, this.#words());
  }

  #words() {
    return this.marks.map((mark) => `${this.labels[mark.label].label}: ${this.#quote(mark)}`).join("; ") || t("nothing to mark");
  }

  #quote({ from, to }) {
    return quoted(this.text.slice(from, to));
  }

  /** Each mark with the line that is its own where it meets earlier ones. */
  #levelled() {
    const placed = [];
    for (const mark of this.making ? [...this.marks, this.making] : this.marks) {
      const taken = placed.filter((one) => one.from < mark.to && mark.from < one.to).map((one) => one.level);
      let level = 0;
      while (taken.includes(level)) level += 1;
      placed.push({ ...mark, level });
    }
    return placed;
  }

  /** Lines below a piece of the text, one for each mark that it is in: none hides another. */
  #underline(piece, marks) {
    const over = marks.filter((one) => one.from <= piece.from && piece.to <= one.to);
    const lines = over.map(({ label, level }) => `${label} ${level}`).join();
    if (lines === piece.lines) return;
    piece.lines = lines;
    let inner = this.text.slice(piece.from, piece.to);
    for (const { label, level } of over) inner = make("span", { class: "under", "data-label": label, "data-level": Math.min(level, 3) }, inner);
    piece.element.replaceChildren(inner);
  }

  /** What is being marked, and as what; else what is chosen; else what is marked. */
  #saying() {
    if (this.making) return [this.#named(this.making.label), `: ${this.#quote(this.making)}`];
    if (this.chosen) return [quoted(this.#chosenText())];
    if (!this.marks.length) return [t("Choose words with the arrows, the mouse or two taps; then a label")];
    return this.marks.flatMap((mark, i) => [i ? "; " : "", this.#named(mark.label), `: ${this.#quote(mark)}`]);
  }

  #show() {
    const marks = this.#levelled();
    for (const piece of this.pieces) this.#underline(piece, marks);
    const [first, last] = this.chosen ? [this.words[this.chosen[0]].from, this.words[this.chosen[1]].to] : [0, -1];
    for (const { element, from, to } of this.pieces) element.toggleAttribute("data-chosen", first <= from && to <= last);
    this.said.replaceChildren(...this.#saying());
    this.asking.hidden = !this.making;
    for (const button of this.buttons) button.hidden = Boolean(this.making);
    this.done.querySelector(".words").textContent = this.marks.length ? t("Done") : t("Nothing to mark");
  }
}
