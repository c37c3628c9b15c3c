// What options look like on an owner's page: text as the server rendered it, clips with a little bar.

import { readForever } from "../api.js";
import { make, prose } from "../elements.js";
import { Painter } from "../clips/painter.js";
import { fillClips } from "../clips/player.js";
import { t } from "../words.js";

export const LETTERS = "ABCDEF";

/** Fills every holder of a scene that is still empty. */
export async function fill(root) {
  for (const holder of root.querySelectorAll("[data-scene]:not([data-filled])")) {
    const scene = await readForever(`scenes/${holder.dataset.scene}`);
    if (scene.type === "clip" || holder.dataset.asked) continue;
    holder.dataset.asked = "yes";
    const before = scene.messages.length ? scene.messages.map((one) => one.html).join("") : scene.prompt_html;
    if (before || scene.type === "text") holder.append(prose(before, "prose asked"));
    if (scene.type !== "text") continue;
    holder.dataset.filled = "yes";
    holder.append(prose(scene.reply_html, "prose replied"));
    if (scene.cut) holder.append(make("p", { class: "faint" }, t("cut off here, at the greatest length")));
  }
  await fillClips(root);
}

/** Puts what came before all of some filled holders above them, once, where it is the same for all. */
export function gather(box) {
  const before = [...box.querySelectorAll(".asked")];
  if (before.length < 2 || before.some((one) => !one.isEqualNode(before[0]))) return;
  for (const one of before) one.remove();
  if (before[0].childNodes.length) box.before(before[0]);
}

/** A holder for each option, named A, B, C, ... where there are several. */
export const holders = (options) => options.filter((option) => option.scene).map((option, place) => {
  const label = options.length > 1 ? LETTERS[place] : "";
  return make("article", { class: "sample", "data-scene": option.scene, "data-label": label || t("what is judged") },
    label ? make("p", { class: "faint" }, label) : null);
});

/** Small pictures of clips in a place, each from the middle of its clip. */
export function stills(scenes, place) {
  const label = (at) => (scenes.length > 1 ? t("clip {label}", { label: LETTERS[at] }) : t("clip"));
  const pictures = scenes.map((_, at) => make("canvas", { role: "img", "aria-label": label(at) }));
  place.replaceChildren(make("span", { class: "stills" }, ...pictures));
  scenes.forEach((scene, at) => {
    const painter = new Painter(pictures[at], scene);
    painter.paint(painter.duration / 2, pictures[at]);
  });
}
