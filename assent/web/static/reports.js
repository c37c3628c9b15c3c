// The page of reports: look at what was shown, reply, settle, open again.

import { Refusal, write } from "./api.js";
import { fill, holders } from "./shown.js";

for (const time of document.querySelectorAll("time[data-seconds]")) {
  time.textContent = new Date(time.dataset.seconds * 1000).toLocaleString(document.documentElement.lang);
}

for (const details of document.querySelectorAll("details[data-options]")) {
  details.addEventListener("toggle", async () => {
    const options = details.dataset.options.split(" ").map((scene) => ({ scene }));
    details.querySelector("div").replaceChildren(...holders(options));
    await fill(details);
  }, { once: true });
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
