// What options look like on an owner's page: text as the server rendered it, clips with a little bar.

import { readForever } from "./api.js";
import { make, prose } from "./elements.js";
import { fillClips } from "./player.js";
import { t } from "./words.js";

export const LETTERS = "ABCDEF";

/** Fills every holder of a scene that is still empty. */
export async function fill(root) {
  for (const holder of root.querySelectorAll("[data-scene]:not([data-filled])")) {
    const scene = await readForever(`scenes/${holder.dataset.scene}`);
    if (scene.type !== "text" || holder.dataset.filled) continue;
    holder.dataset.filled = "yes";
    const before = scene.messages.length ? scene.messages.map((one) => one.html).join("") : scene.prompt_html;
    holder.append(prose(before, "prose asked"), prose(scene.reply_html, "prose replied"));
    if (scene.cut) holder.append(make("p", { class: "faint" }, t("cut off here, at the greatest length")));
  }
  await fillClips(root);
}

/** A holder for each option, named A, B, C, ... where there are several. */
export const holders = (options) => options.filter((option) => option.scene).map((option, place) => {
  const label = options.length > 1 ? LETTERS[place] : "";
  return make("article", { class: "sample", "data-scene": option.scene, "data-label": label || t("what is judged") },
    label ? make("p", { class: "faint" }, label) : null);
});
