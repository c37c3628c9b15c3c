// The page of reports: look at what was shown, reply, settle, open again.

import { Refusal, write } from "../api.js";
import { fill, gather, holders } from "./shown.js";
import { ready } from "../ready.js";
import { tellTimes } from "../local.js";

tellTimes();

async function look(details) {
  const options = details.dataset.options.split(" ").map((scene) => ({ scene }));
  const place = details.querySelector("div");
  place.replaceChildren(...holders(options));
  try {
    await fill(details);
    gather(place);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    place.replaceChildren(error.message);
    details.addEventListener("toggle", () => details.open && look(details), { once: true });
  }
}

for (const details of document.querySelectorAll("details[data-options]")) {
  // It may have been opened before this file was here.
  if (details.open) look(details);
  else details.addEventListener("toggle", () => look(details), { once: true });
}

async function settle(id, body, said) {
  try {
    await write(`owner/flags/${encodeURIComponent(id)}`, body, "PUT");
    location.reload();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    said.textContent = error.message;
  }
}

for (const form of document.querySelectorAll("form[data-settle]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reply = form.querySelector("textarea").value.trim();
    settle(form.dataset.settle, { settled: true, reply }, form.querySelector(".said"));
  });
}

for (const button of document.querySelectorAll("button[data-reopen]")) {
  button.addEventListener("click", () => settle(button.dataset.reopen, { settled: false }, button.parentElement.querySelector(".said")));
}

ready();
