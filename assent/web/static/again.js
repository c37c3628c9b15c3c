// A link from a mail or a chat comes without the cookie (SameSite=Strict), although this browser is
// signed in. Asked from here the cookie is sent; then the page is simply loaded again. Whoever is
// paused is let in some seconds after the pause has ended.

import { Refusal, read } from "./api.js";

const PAUSED_WAIT = 4000; // milliseconds
const path = location.pathname.includes("/owner") ? "owner/overview" : "history?limit=1";
const tried = `again ${location.pathname}`;

async function look() {
  try {
    await read(path);
    if (!sessionStorage.getItem(tried)) {
      sessionStorage.setItem(tried, "yes");
      location.reload();
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 403) sessionStorage.removeItem(tried);
    if (error.code === "paused" || error.status === 0) setTimeout(look, PAUSED_WAIT);
  }
}

look();
