/** Times of day as texts: HH:mm. */

/** @typedef {import("../listbox.js").Entry} Entry */
/** @typedef {import("../listbox.js").Group} Group */

const EVERY_MINUTES = 30;
const DAY_MINUTES = 24 * 60;

/**
 * @param {string} time
 * @returns {string} "9:30 AM"
 */
export function readableTime(time) {
  const [hour, minute] = time.split(":").map(Number);
  return `${hour % 12 || 12}:${String(minute).padStart(2, "0")} ${hour < 12 ? "AM" : "PM"}`;
}

/** @returns {Group} what is offered before anything is typed */
export function openingTimes() {
  const starts = Array.from({ length: DAY_MINUTES / EVERY_MINUTES }, (_, at) => at * EVERY_MINUTES);
  return { label: "", entries: starts.map((minutes) => entry(minutes)) };
}

/**
 * @param {string} text such as "9:17", "917 pm" or "21"
 * @returns {Entry | null} null when it is no time of day
 */
export function timeFrom(text) {
  const match = /^(\d{1,2})(?::?(\d{2}))?\s*(?:([ap])\.?m?\.?)?$/i.exec(text.trim());
  if (!match) return null;
  const [, hours, minutes = "0", half] = match;
  const hour = half ? (Number(hours) % 12) + (half.toLowerCase() === "p" ? 12 : 0) : Number(hours);
  if (hour > 23 || Number(minutes) > 59 || (half && Number(hours) > 12)) return null;
  return entry(hour * 60 + Number(minutes));
}

/**
 * @param {number} minutes after midnight
 * @returns {Entry}
 */
function entry(minutes) {
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const value = `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return { value, label: readableTime(value) };
}
