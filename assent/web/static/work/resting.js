// What is said to whoever has nothing to answer.

import { t } from "../words.js";

/** The title and the words under it. */
export function restingWords({ problem, progress }) {
  const shut = shutOut(problem);
  if (shut) return shut;
  if (problem) {
    return [t("No connection to the server"), t("Your answers are kept on this device. This page goes on by itself when the server is back.")];
  }
  return [t("No more questions right now"), why(progress)];
}

/** The same for a browser that is not let in; null where that is not the problem. */
export function shutOut(problem) {
  if (problem === "signed_out") {
    return [t("You are signed out"), t("Open your invite link again. Answers that wait are kept on this device and sent then.")];
  }
  if (problem === "paused") {
    return [t("You are paused"), t("The project's owner has paused you. Your answers are kept on this device and sent when you are let in again; this page goes on by itself.")];
  }
  if (problem === "erased") {
    return [t("Your account was erased"), t("What you answered stays without your name. Answers that were not sent yet stay on this device; to answer again, ask for a new invite link.")];
  }
  return null;
}

function why(progress) {
  if (progress?.wanted) return t("Thank you. What is left is with others. Should one of their questions come free, this page goes on by itself.");
  if (progress?.over) return t("Thank you. All rounds are over; should there be more, this page goes on by itself.");
  if (progress?.round_slots) return t("Thank you. New ones come when the next round begins; this page goes on by itself.");
  return t("Thank you. Should there be new ones, this page goes on by itself.");
}
