// What was shown lately, one tile each: taken into an exercise, or put back.

import { read } from "../api.js";
import { byId, make } from "../elements.js";
import { fill, LETTERS } from "./shown.js";
import { t } from "../words.js";

let taken = []; // scenes, A first
let older = null; // what leads to more; null: there is no more
let press = null; // called with the scene of a button that was pressed

function tile({ scene, name }, place) {
  const label = name ? t("clip {label}", { label: name }) : t("number {n}", { n: place + 1 });
  const button = make("button", { type: "button" });
  button.addEventListener("click", () => press(scene));
  return make("li", { class: "sample tile", "data-scene": scene, "data-label": name || place + 1, "data-name": label, "data-still": true },
    make("div", { class: "row" }, make("strong", { class: "letter" }), make("span", { class: "faint" }, label), button));
}

/** Says on every tile whether it is taken, and as what. */
function mark() {
  for (const one of byId("shown").children) {
    const place = taken.indexOf(one.dataset.scene);
    const letter = place < 0 ? "" : LETTERS[place];
    one.classList.toggle("taken", place >= 0);
    one.querySelector(".letter").textContent = letter;
    one.querySelector("button").replaceChildren(place < 0 ? t("Take") : t("Put back"), make("span", { class: "unseen" }, `: ${one.dataset.name}`));
  }
}

async function append(entries) {
  const list = byId("shown");
  const known = new Set([...list.children].map((one) => one.dataset.scene));
  const fresh = entries.filter((one) => !known.has(one.scene)).map((one, place) => tile(one, known.size + place));
  list.append(...fresh);
  mark();
  byId("shown-older").hidden = older === null;
  byId("shown-none").hidden = list.children.length > 0;
  await fill(list);
  return fresh;
}

/** Shows what comes before what is here, and puts the focus on the first of it. */
export async function more() {
  const told = await read(`owner/practice/shown?before=${older}`);
  older = told.older;
  const [first] = await append(told.shown);
  first?.querySelector("button").focus();
}

/** What is taken now, as it was changed elsewhere. */
export function take(scenes) {
  taken = scenes;
  mark();
}

/** Begins anew with what is taken, before what was shown last. */
export async function begin(scenes, pressed) {
  press = pressed;
  taken = scenes;
  byId("shown").replaceChildren();
  const told = await read("owner/practice/shown");
  older = told.older;
  const entries = new Map(scenes.map((scene) => [scene, { scene, name: "" }]));
  for (const one of told.shown) entries.set(one.scene, one);
  await append([...entries.values()]);
}
