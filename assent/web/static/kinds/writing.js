// Writing: change the text of a reply, or write one. What is typed is kept on this device as a draft.

import { shownChanges } from "./changes.js";
import { announce, choice, make } from "../elements.js";
import { t } from "../words.js";

export const draftOf = (question) => `assent draft ${document.body.dataset.base} ${document.body.dataset.person} ${question.query}`;

/** What is kept beside the page may be refused by the browser; then there is no draft, and no harm. */
export function storage(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

export class Writing {
  constructor(question, submit) {
    this.original = question.form.text;
    this.submit = submit;
    this.name = draftOf(question);
    this.warned = false;
    this.correcting = this.original !== "";
    const label = this.correcting ? t("The text as it should be") : t("Your reply");
    this.field = make("textarea", { rows: 6, maxlength: question.form.most_characters, "aria-label": label, dir: "auto" });
    const draft = storage((kept) => kept.getItem(this.name));
    this.field.value = draft ?? question.previous?.text ?? this.original;
    // The original stays in sight while it is changed.
    this.changes = make("p", { class: "changes", dir: "auto" });
    this.body = make("div", { class: "writing" }, this.field,
      this.correcting ? make("h3", {}, t("The original, and what you changed")) : null, this.correcting ? this.changes : null);
    this.open = choice("E", this.correcting ? t("Change the text") : t("Write"), () => this.edit(), { class: "other" });
    this.save = choice("Ctrl ↵", t("Save"), () => this.#send(), { class: "main", "aria-keyshortcuts": "Control+Enter" });
    this.said = make("output", { class: "ranked" });
    this.panel = make("div", { class: "choices writes" }, this.said, this.open, this.save);
    this.body.hidden = this.correcting && this.field.value === this.original;
    if (this.correcting) this.beside = this.body;
    else this.instead = this.body;
    this.#compare();
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.#fit();
  }

  attach(cards) {
    this.reply = cards[0].querySelector(".reply");
    if (!this.body.hidden && this.reply) this.reply.hidden = true;
    this.#fit();
  }

  /** Opens the text; Escape leaves it, and the other keys work again. */
  edit() {
    this.body.hidden = false;
    if (this.reply) this.reply.hidden = true;
    this.#fit();
    this.field.focus();
  }

  key(event) {
    if (event.key.toLowerCase() === "e") this.edit();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#send();
    else return false;
    return true;
  }

  #key(event) {
    if (event.key === "Escape") this.field.blur();
    else if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    else if (!event.repeat) this.#send();
    event.preventDefault();
    event.stopPropagation();
  }

  #typed() {
    this.warned = false;
    this.said.textContent = "";
    this.#fit();
    this.#compare();
    storage((kept) => kept.setItem(this.name, this.field.value));
  }

  /** Shows what is changed; only then saving is the thing to do next. */
  #compare() {
    const { value } = this.field;
    if (this.correcting) this.changes.replaceChildren(...shownChanges(this.original, value));
    this.body.classList.toggle("code", /^```/m.test(value));
    this.save.classList.toggle("main", Boolean(value.trim()) && value !== this.original);
  }

  #fit() {
    this.field.style.height = "auto";
    if (this.field.scrollHeight) this.field.style.height = `${this.field.scrollHeight + 4}px`;
  }

  #tell(words) {
    this.said.textContent = words;
    announce(words);
  }

  #send() {
    const text = this.field.value;
    if (!text.trim()) {
      this.edit();
      return this.#tell(t("There is nothing written yet."));
    }
    if (text === this.original && !this.warned) {
      this.warned = true;
      return this.#tell(t("Nothing is changed. Save again if it is good as it is."));
    }
    storage((kept) => kept.removeItem(this.name));
    const line = text.replace(/\s+/g, " ").trim();
    return this.submit({ text }, text === this.original ? t("good as it is") : t("“{text}”", { text: line.length > 60 ? `${line.slice(0, 60)}…` : line }));
  }
}
