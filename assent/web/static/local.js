// Moments and numbers as the reader's language writes them.

const language = document.documentElement.lang;

export const moment = (seconds) => new Date(seconds * 1000).toLocaleString(language);

/** A number with so many places after its point, or comma. */
export const decimal = (value, places) =>
  value.toLocaleString(language, { minimumFractionDigits: places, maximumFractionDigits: places, useGrouping: false });

/** Fills in every time that the server left to the browser. */
export function tellTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-seconds]:empty")) time.textContent = moment(time.dataset.seconds);
}
