// Small hands for making elements. Text is always set as text; HTML only comes from the server's sanitiser.

/** An element: make("button", { class: "big", "aria-label": "x" }, "text", child). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A keyboard key as people see it on a button. */
export const keycap = (name) => make("kbd", { "aria-hidden": "true" }, name);

/** A block of HTML that the server has sanitised. */
export function prose(html, name = "prose") {
  const block = make("div", { class: name });
  block.innerHTML = html;
  return block;
}

export const byId = (id) => document.getElementById(id);

/** Says something to a screen reader without moving the focus. */
export function announce(words) {
  const live = byId("live");
  if (live) live.textContent = words;
}

/** The digit of a key, whatever the layout and Shift make of it; null when it is none. */
export function digit(event) {
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code) ?? /^(\d)$/.exec(event.key);
  return found ? Number(found[1]) : null;
}

/** The name of a key as forms have it: digits wherever they stand, else what it types. */
export const keyName = (event) => (digit(event) === null ? event.key.toLowerCase() : String(digit(event)));

/** A choice: the key on it, its words, what it does. */
export function choice(key, words, act, extra = {}) {
  const button = make("button", { type: "button", "aria-keyshortcuts": key, ...extra },
    make("span", { class: "words" }, words), keycap(key));
  button.addEventListener("click", act);
  return button;
}
