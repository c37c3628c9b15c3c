// The editor of the guideline: what annotators will see stands beside it while it is written.

import { Refusal, write } from "../api.js";
import { byId, prose } from "../elements.js";
import { ready } from "../ready.js";
import { t } from "../words.js";

const SETTLE = 300; // milliseconds without a key before the preview is asked for
const text = byId("guideline-text");
const said = byId("guideline-said");
let timer = 0;

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    said.textContent = [error.message, error.advice].filter(Boolean).join(". ");
  }
}

function changed() {
  said.textContent = t("not saved yet");
  clearTimeout(timer);
  timer = setTimeout(() => guarded(async () => {
    const { html, images } = await write("owner/preview", { markdown: text.value });
    byId("guideline-preview").replaceChildren(prose(html));
    byId("guideline-images").hidden = !images;
  }), SETTLE);
}

text.addEventListener("input", changed);
if (text.value !== text.defaultValue) changed(); // written before this file was here

byId("save-guideline").addEventListener("click", () => guarded(async () => {
  const kept = await write("owner/guideline", { markdown: text.value }, "PUT");
  byId("guideline-version").textContent = t("Version {n} is in force.", { n: kept.version });
  said.textContent = t("saved as version {n}", { n: kept.version });
}));

ready();
