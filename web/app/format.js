/** Numbers and times as this browser's language writes them. */

export const language = navigator.language;
const numbers = new Intl.NumberFormat(language);
const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const times = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const clocks = new Intl.DateTimeFormat(language, { timeStyle: "short" });
export const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** @param {number} value */
export const number = (value) => numbers.format(value);
/** @param {string} iso */
export const date = (iso) => dates.format(day(iso));
/** @param {string} iso */
export const clock = (iso) => clocks.format(new Date(iso));
/** @param {string} iso */
export const time = (iso) => times.format(new Date(iso));

/** Today's date here, as `YYYY-MM-DD`. */
export function today(offset = 0) {
  const now = new Date();
  now.setDate(now.getDate() + offset);
  return localDay(now);
}

/** The date that a time has here, as `YYYY-MM-DD`. */
/** @param {Date} time */
export function localDay(time) {
  const year = String(time.getFullYear()).padStart(4, "0");
  return [year, ...[time.getMonth() + 1, time.getDate()].map((part) => String(part).padStart(2, "0"))].join("-");
}

/** "today", "tomorrow", "3 days ago", or the date when it is more than a week away. */
/** @param {string} iso */
export function nearDate(iso) {
  const days = Math.round((day(iso).getTime() - day(today()).getTime()) / 86_400_000);
  return Math.abs(days) <= 7 ? relative.format(days, "day") : date(iso);
}

/** A calendar day has no time zone: its midnight here. A time is what it is. */
/** @param {string} iso */
function day(iso) {
  return new Date(iso.length === 10 ? `${iso}T00:00:00` : iso);
}
