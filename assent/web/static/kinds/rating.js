// Several ratings in one question: the sides of one thing, or each of a group.

import { announce, choice, keyName, make } from "../elements.js";
import { t } from "../words.js";

/** One row a side, digits go down the rows by themselves, Enter sends. */
export class Attributes {
  constructor(question, submit) {
    const { form } = question;
    this.form = form;
    this.submit = submit;
    const before = question.previous?.levels ?? {};
    this.levels = form.rows.map((row) => before[row.name] ?? null);
    this.current = Math.max(0, this.levels.indexOf(null));
    this.rows = form.rows.map((row, i) => this.#row(row, i));
    this.done = choice("↵", t("Done"), () => this.#send(), { class: "main done", "aria-keyshortcuts": "Enter" });
    this.panel = make("div", { class: "choices rows" }, this.#heads(),
      make("div", { class: "levels" }, ...this.rows.map((row) => row.element)), this.done);
    this.#show();
  }

  /** What the levels mean, above their columns; each button has it in its own name. */
  #heads() {
    const hints = this.form.choices.map((one) => make("small", {}, one.hint || ""));
    return make("div", { class: "row-of-levels heads", "aria-hidden": "true", hidden: !this.form.choices.some((one) => one.hint) },
      make("span", { class: "name" }), make("span", { class: "scale" }, ...hints));
  }

  #row(row, i) {
    const buttons = this.form.choices.map((one, level) => {
      const button = make("button", { type: "button", "aria-label": `${row.label}: ${said(one)}` }, one.label);
      button.addEventListener("click", () => this.#rate(i, level));
      return button;
    });
    const name = make("span", { class: "name" }, row.label);
    return { buttons, element: make("div", { class: "row-of-levels", role: "group", "aria-label": row.label }, name, make("span", { class: "scale" }, ...buttons)) };
  }

  key(event) {
    const level = this.form.choices.findIndex((one) => one.key === keyName(event));
    if (level >= 0) this.#rate(this.current, level);
    else if (event.key === "ArrowDown") this.#go(this.current + 1);
    else if (event.key === "ArrowUp" || event.key === "Backspace") this.#go(this.current - 1);
    else if (event.key === "Enter") this.#send();
    else return false;
    return true;
  }

  #go(row) {
    this.current = Math.min(this.rows.length - 1, Math.max(0, row));
    this.#show();
    announce(this.form.rows[this.current].label);
  }

  #rate(row, level) {
    this.levels[row] = level;
    const next = this.levels.indexOf(null);
    // Once all are rated, digits go on to the row below, for whoever goes through them again.
    this.current = next >= 0 ? next : Math.min(row + 1, this.rows.length - 1);
    this.#show();
    announce(`${this.form.rows[row].label}: ${said(this.form.choices[level])}`);
  }

  #send() {
    const missing = this.levels.indexOf(null);
    if (missing >= 0) return this.#go(missing);
    const levels = Object.fromEntries(this.form.rows.map((row, i) => [row.name, this.levels[i]]));
    const words = this.form.rows.map((row, i) => `${row.label} ${this.levels[i] + 1}`).join(", ");
    return this.submit({ levels }, words);
  }

  #show() {
    this.rows.forEach(({ element, buttons }, i) => {
      element.toggleAttribute("data-current", i === this.current);
      buttons.forEach((button, level) => button.setAttribute("aria-pressed", String(this.levels[i] === level)));
    });
    const complete = !this.levels.includes(null);
    this.done.toggleAttribute("data-ready", complete);
    this.done.setAttribute("aria-disabled", String(!complete));
  }
}

/** Puts equals in order by asking about pairs: yields [a, b], is told which is better or 0 for neither. */
function* sorted(equals) {
  const groups = []; // best first
  for (const one of equals) {
    let low = 0;
    let high = groups.length;
    let tie = -1;
    while (low < high && tie < 0) {
      const middle = (low + high) >> 1;
      const better = yield [groups[middle][0], one];
      if (better === 0) tie = middle;
      else if (better < 0) low = middle + 1;
      else high = middle;
    }
    if (tie < 0) groups.splice(low, 0, [one]);
    else groups[tie].push(one);
  }
  return groups;
}

/** Rate each of a group in turn; then only those with the same level are asked about, two at a time. */
export class Group {
  constructor(question, submit) {
    this.form = question.form;
    this.options = question.options;
    this.submit = submit;
    this.levels = []; // of the cards in shown order, as far as they are rated
    this.pairs = []; // what was said of each pair that was asked: -1 the first, 0 neither, 1 the second
    this.heads = question.options.map((_, i) => this.#head(i));
    this.said = make("output", { class: "ranked" });
    this.scale = make("div", { class: "choices list scale" });
    for (const [level, one] of this.form.choices.entries()) {
      const words = make("span", {}, make("span", { class: "level" }, one.label), one.hint && make("small", {}, one.hint));
      this.scale.append(choice(one.key, words, () => this.#rate(level), { class: one.key === one.label ? "main same" : "main" }));
    }
    this.duel = make("div", { class: "choices pairs" });
    this.panel = make("div", { class: "group" }, this.said, this.scale, this.duel,
      choice("⌫", t("Back"), () => this.back(), { class: "quiet", "aria-keyshortcuts": "Backspace" }));
    this.#show();
  }

  attach(cards) {
    this.cards = cards;
    this.#show();
  }

  leave() {
    this.cards[0].parentElement?.removeAttribute("data-pair");
  }

  /** The level of a card; pressed, it is rated anew, and those after it stay to be rated. */
  #head(i) {
    const button = make("button", { type: "button", class: "rank" });
    button.addEventListener("click", () => {
      if (i >= this.levels.length) return;
      this.levels.length = i;
      this.pairs = [];
      this.#show();
    });
    return button;
  }

  /** What is to be asked now: {card}, {pair}, or {ranking} when all is said. */
  #step() {
    const count = this.options.length;
    if (this.levels.length < count) return { card: this.levels.length };
    const ranking = [];
    let used = 0;
    for (let level = this.form.choices.length - 1; level >= 0; level -= 1) {
      const equals = this.levels.flatMap((one, i) => (one === level ? [i] : []));
      const sorting = sorted(equals);
      let turn = sorting.next();
      while (!turn.done) {
        if (used === this.pairs.length) return { pair: turn.value };
        turn = sorting.next(this.pairs[used]);
        used += 1;
      }
      ranking.push(...turn.value);
    }
    return { ranking };
  }

  key(event) {
    const { card, pair } = this.#step();
    const name = keyName(event);
    const level = this.form.choices.findIndex((one) => one.key === name);
    if (event.key === "Backspace") this.back();
    else if (card !== undefined && level >= 0) this.#rate(level);
    else if (pair && (name === "=" || name === "+" || name === "t")) this.#decide(0);
    else if (pair && pair.some((i) => name === this.form.place_keys[i])) this.#decide(name === this.form.place_keys[pair[0]] ? -1 : 1);
    else return false;
    return true;
  }

  back() {
    if (this.pairs.length) this.pairs.pop();
    else this.levels.pop();
    this.#show();
  }

  #rate(level) {
    if (this.#step().card === undefined) return;
    this.levels.push(level);
    this.#go();
  }

  #decide(better) {
    this.pairs.push(better);
    this.#go();
  }

  #go() {
    const { ranking } = this.#step();
    this.#show();
    if (!ranking) return;
    const key = (i) => this.options[i].key;
    const levels = Object.fromEntries(this.levels.map((level, i) => [key(i), level]));
    const words = ranking.map((group) => group.map((i) => i + 1).sort().join(" = ")).join(" > ");
    this.submit({ levels, ranking: ranking.map((group) => group.map(key)) }, words);
  }

  #show() {
    const { card, pair } = this.#step();
    const words = card !== undefined ? t("Number {n}: how good is it?", { n: card + 1 })
      : pair ? t("{a} and {b} got the same. Which is better?", { a: pair[0] + 1, b: pair[1] + 1 }) : "";
    this.said.textContent = words;
    announce(words);
    this.heads.forEach((head, i) => {
      const level = this.levels[i];
      const rated = level !== undefined;
      head.textContent = rated ? this.form.choices[level].label : "–";
      head.disabled = !rated;
      head.setAttribute("aria-pressed", String(rated));
      head.setAttribute("aria-label", rated ? t("option {n}: {level}, rate again", { n: i + 1, level: said(this.form.choices[level]) }) : t("option {n}: not rated yet", { n: i + 1 }));
      const asked = card === i || Boolean(pair?.includes(i));
      this.cards?.[i].toggleAttribute("data-current", asked);
      // Two that are compared stand alone, side by side, wherever they were.
      if (this.cards) this.cards[i].hidden = Boolean(pair) && !asked;
    });
    this.cards?.[0].parentElement?.toggleAttribute("data-pair", Boolean(pair));
    const first = this.cards?.[card ?? pair?.[0] ?? -1];
    first?.scrollIntoView({ block: "nearest" });
    this.scale.hidden = Boolean(pair);
    this.duel.hidden = !pair;
    if (!pair) return;
    const name = (i) => this.form.place_keys[i];
    this.duel.replaceChildren(
      choice(name(pair[0]), t("{n} is better", { n: pair[0] + 1 }), () => this.#decide(-1), { class: "main" }),
      choice("=", t("Equal"), () => this.#decide(0), { class: "other" }),
      choice(name(pair[1]), t("{n} is better", { n: pair[1] + 1 }), () => this.#decide(1), { class: "main" }));
  }
}

const said = (one) => (one.hint ? `${one.label}, ${one.hint}` : one.label);
