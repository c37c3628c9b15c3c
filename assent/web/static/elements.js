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
