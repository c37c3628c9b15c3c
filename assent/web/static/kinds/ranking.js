// Ranking: name the options from best to worst, or drag them by their handles and press Enter.

import { announce, choice, digit, keycap, make } from "../elements.js";
import { t } from "../words.js";

const PLACES = [t("best"), t("2nd"), t("3rd"), t("4th"), t("5th"), t("6th")];

/** Complete when each option has a place; unchanged as they came they need Enter twice. */
export class Ranking {
  constructor(question, submit) {
    this.options = question.options;
    this.submit = submit;
    this.groups = [];
    this.tying = false;
    this.arranged = question.options.map((_, i) => i); // as the cards stand now
    this.warned = false;
    this.marks = question.options.map((_, i) => this.#mark(i));
    this.handles = question.options.map((_, i) => this.#handle(i));
    this.heads = this.marks.map((mark, i) => make("span", { class: "head" }, this.handles[i], mark));
    this.said = make("output", { class: "ranked" });
    this.tie = choice("=", t("Tie with next"), () => this.tieNext(), { "aria-pressed": "false" });
    this.keep = choice("↵", t("Keep this order"), () => this.enter(), { "aria-keyshortcuts": "Enter" });
    this.panel = make("div", { class: "choices ranking" }, this.said, this.tie,
      choice("⌫", t("Back"), () => this.back(), { title: t("take the last place back"), "aria-keyshortcuts": "Backspace" }),
      this.keep);
    this.#show();
  }

  #mark(i) {
    const button = make("button", { type: "button", class: "rank", "aria-keyshortcuts": String(i + 1) });
    button.addEventListener("click", () => this.place(i));
    return button;
  }

  /** Dragging never starts from anything but this: a finger that scrolls moves nothing. */
  #handle(i) {
    const handle = make("button", { type: "button", class: "handle quiet", "aria-label": t("option {n}: move with the arrow keys, or drag", { n: i + 1 }) }, "⠿");
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
      if (!steps) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(i, this.arranged.indexOf(i) + steps);
      handle.focus();
    });
    handle.addEventListener("pointerdown", (event) => this.#drag(event, i));
    return handle;
  }

  attach(cards) {
    this.cards = cards;
  }

  #drag(event, i) {
    const handle = this.handles[i];
    event.preventDefault();
    // Moving the card would let go of a captured pointer, so the window is listened to.
    const ears = new AbortController();
    this.cards[i].dataset.dragged = "yes";
    const over = (move) => {
      const card = document.elementFromPoint(move.clientX, move.clientY)?.closest(".item");
      const other = this.cards.indexOf(card);
      if (other >= 0 && other !== i) this.#move(i, this.arranged.indexOf(other));
    };
    const drop = () => {
      ears.abort();
      delete this.cards[i].dataset.dragged;
      handle.focus();
    };
    addEventListener("pointermove", over, { signal: ears.signal });
    addEventListener("pointerup", drop, { signal: ears.signal });
    addEventListener("pointercancel", drop, { signal: ears.signal });
  }

  #move(i, place) {
    if (place < 0 || place >= this.arranged.length || this.groups.length) return;
    this.arranged = this.arranged.filter((one) => one !== i);
    this.arranged.splice(place, 0, i);
    this.warned = false;
    const next = this.arranged[place + 1];
    this.cards[i].parentNode.insertBefore(this.cards[i], next === undefined ? null : this.cards[next]);
    this.#show();
    announce(t("option {n} is now at place {place}", { n: i + 1, place: place + 1 }));
  }

  /** Sends the order of the cards; nobody does so by accident with the order that they came in. */
  enter() {
    if (this.groups.length) {
      announce(t("Place the others, too, or take back with Backspace"));
      return;
    }
    const untouched = this.arranged.every((option, place) => option === place);
    if (untouched && !this.warned) {
      this.warned = true;
      this.#show();
      return;
    }
    this.groups = this.arranged.map((i) => [i]);
    this.#send();
  }

  key(event) {
    const number = digit(event);
    if (event.key === "=" || event.key === "+") this.tieNext();
    else if (event.key === "Backspace") this.back();
    else if (event.key === "Enter") this.enter();
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
    this.warned = false;
    this.#show();
    if (this.groups.flat().length === this.options.length) this.#send();
  }

  #send() {
    this.submit({ ranking: this.groups.map((group) => group.map((index) => this.options[index].key)) }, this.#words());
  }

  #words() {
    return this.groups.map((group) => group.map((i) => i + 1).join(" = ")).join(" > ");
  }

  #show() {
    this.marks.forEach((button, i) => {
      const rank = this.groups.findIndex((group) => group.includes(i));
      button.setAttribute("aria-pressed", String(rank >= 0));
      button.setAttribute("aria-label", rank < 0 ? t("option {n}: not placed yet", { n: i + 1 }) : t("option {n}: {place}", { n: i + 1, place: PLACES[rank] }));
      button.replaceChildren(rank < 0 ? keycap(i + 1) : make("span", {}, PLACES[rank]));
      button.closest(".item")?.toggleAttribute("data-placed", rank >= 0);
    });
    this.tie.setAttribute("aria-pressed", String(this.tying));
    const moved = this.arranged.some((option, place) => option !== place);
    this.keep.hidden = this.groups.length > 0;
    this.keep.classList.toggle("main", moved || this.warned);
    const left = this.options.length - this.groups.flat().length;
    const typed = this.groups.length ? `${this.#words()}${this.tying ? " = …" : left ? " > …" : ""}` : "";
    const words = this.warned ? t("This is the order that they came in. Enter again keeps it.")
      : typed || (moved ? this.arranged.map((i) => i + 1).join(" > ") : "");
    this.said.textContent = words || t("Best first: type the numbers, or tap them, from best to worst");
    if (words) announce(words);
  }
}
