// A line told beside the work, above what can be pressed. It goes by itself; with a button in it, it
// stays until the next question, so that nobody has to hurry to reach it.

import { byId, make } from "./elements.js";

const STAYS = 6000; // milliseconds
const GAP = 8; // pixels between the line and what it must not cover

let timer = 0;

/** Tells a line, with buttons after it. It is a status: screen readers say it, too. */
export function tell(words, ...buttons) {
  const line = byId("told");
  clearTimeout(timer);
  line.replaceChildren(make("span", {}, words), ...buttons);
  line.hidden = false;
  place();
  if (!buttons.length) timer = setTimeout(hush, STAYS);
}

export function hush() {
  clearTimeout(timer);
  byId("told").hidden = true;
}

function place() {
  const dock = document.querySelector("#work:not([hidden]) .dock");
  const covered = dock ? innerHeight - dock.getBoundingClientRect().top : 0;
  // A dock that fills the screen leaves no room above it.
  const reach = covered > 0 && covered < 0.8 * innerHeight ? covered + GAP : null;
  byId("told").style.bottom = reach === null ? "" : `${reach}px`;
}

/** Called once: the line moves with what it stands on. */
export function watchDock() {
  const dock = document.querySelector(".dock");
  if (dock) new ResizeObserver(place).observe(dock);
  addEventListener("resize", place);
}
