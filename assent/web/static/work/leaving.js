// Signing out: what that means is said first.

import { Refusal, write } from "../api.js";
import { byId } from "../elements.js";
import { leaveNothing } from "./kept.js";
import { open } from "./panels.js";
import { t } from "../words.js";

/** Called once; waiting() tells how many answers are not sent yet. */
export function prepareLeaving(waiting) {
  byId("sign-out").addEventListener("click", async () => {
    const count = await waiting();
    byId("keys").close();
    byId("leave-said").textContent = "";
    byId("leave-waiting").hidden = !count;
    byId("leave-waiting").textContent = t("Answers that wait to be sent: {n}. They stay on this device, and are sent when you come back to it with your own link.", { n: count });
    open(byId("leave"));
  });
  byId("leave-now").addEventListener("click", leave);
}

async function leave() {
  try {
    await write("leave", {});
    await leaveNothing();
    location.assign("/");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Whoever is not let in any more is out already.
    if (error.code) {
      await leaveNothing();
      location.assign("/");
    } else byId("leave-said").textContent = error.message;
  }
}
