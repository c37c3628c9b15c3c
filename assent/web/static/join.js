// Takes up an invite: sends name and consent, then goes where the server says.

import { Refusal, write } from "./api.js";
import { byId } from "./elements.js";

const form = byId("join");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const problem = byId("problem");
  const given = new FormData(form);
  button.disabled = true;
  problem.hidden = true;
  try {
    const joined = await write("join", {
      token: form.dataset.token,
      name: String(given.get("name") ?? ""),
      consent: given.get("consent") === "on",
    });
    location.assign(joined.location);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problem.textContent = [error.message, error.advice].filter(Boolean).join(". ");
    problem.hidden = false;
    button.disabled = false;
  }
});
