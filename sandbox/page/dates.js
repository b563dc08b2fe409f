/**
 * Dates as Slack shows them: in the reader's zone, relative to the sandbox's clock.
 *
 * https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 */

const DAY_MS = 86_400_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} tz
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {Intl.DateTimeFormat}
 */
function format(tz, options) {
  const key = JSON.stringify([tz, options]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat("en-US", { timeZone: tz, ...options });
  formats.set(key, known);
  return known;
}

/**
 * @typedef {{year: number, month: number, day: number, hour: number, minute: number}} Fields
 * @param {number} ms
 * @param {string} tz
 * @returns {Fields} what calendar and clock show there, January being 1
 */
export function fields(ms, tz) {
  const parts = format(tz, {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    hourCycle: "h23",
  }).formatToParts(ms);
  const read = (/** @type {string} */ type) =>
    Number(parts.find((part) => part.type === type)?.value);
  return {
    year: read("year"),
    month: read("month"),
    day: read("day"),
    hour: read("hour"),
    minute: read("minute"),
  };
}

/**
 * Return the moment when calendar and clock show these fields in a zone; in the hour that a DST
 * change skips, the moment just as far after it.
 *
 * @param {Fields} wanted
 * @param {string} tz
 * @returns {number} epoch milliseconds
 */
export function moment(wanted, tz) {
  const asUtc = (/** @type {Fields} */ f) => Date.UTC(f.year, f.month - 1, f.day, f.hour, f.minute);
  const target = asUtc(wanted);
  const offset = (/** @type {number} */ ms) =>
    asUtc(fields(ms, tz)) - Math.floor(ms / 60_000) * 60_000;
  const before = target - offset(target - DAY_MS);
  const after = target - offset(before);
  const exact = [before, after].find((ms) => asUtc(fields(ms, tz)) === target);
  return exact ?? before;
}

/**
 * @param {number} day
 * @returns {string} "21st"
 */
function ordinal(day) {
  const suffix = day % 100 > 10 && day % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][day % 10];
  return `${day}${suffix ?? "th"}`;
}

/**
 * @param {number} ms
 * @param {number} now
 * @param {string} tz
 * @returns {"yesterday" | "today" | "tomorrow" | null}
 */
function relativeDay(ms, now, tz) {
  const day = (/** @type {number} */ at) => {
    const { year, month, day: date } = fields(at, tz);
    return Date.UTC(year, month - 1, date) / DAY_MS;
  };
  const names = /** @type {const} */ (["yesterday", "today", "tomorrow"]);
  return names[day(ms) - day(now) + 1] ?? null;
}

/**
 * @param {number} ms
 * @param {number} now
 * @returns {string} "in 3 days", "5 minutes ago"
 */
export function ago(ms, now) {
  const words = new Intl.RelativeTimeFormat("en-US", { numeric: "always" });
  const seconds = Math.round((ms - now) / 1000);
  const units = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
    ["year", 31_536_000],
    ["month", 2_592_000],
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ]);
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(seconds, "second");
}

/**
 * @param {number} ms
 * @param {string} tz
 * @returns {string} "9:05 AM"
 */
export function timeOfDay(ms, tz) {
  return format(tz, { hour: "numeric", minute: "2-digit" })
    .format(ms)
    .replace(/\u202f/g, " ");
}

/**
 * @param {number} ms
 * @param {string} tz
 * @returns {string} "Sat, Nov 21, 2026"
 */
export function shortDate(ms, tz) {
  return format(tz, { weekday: "short", month: "short", day: "numeric", year: "numeric" }).format(
    ms,
  );
}

/**
 * @param {string} token
 * @param {number} ms
 * @param {string} tz
 * @returns {string | null} null when Slack knows no such token
 */
function absolute(token, ms, tz) {
  const { year, month, day } = fields(ms, tz);
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const text = (/** @type {Intl.DateTimeFormatOptions} */ options) =>
    format(tz, options).format(ms);
  const longMonth = text({ month: "long" });
  const weekday = text({ weekday: "long" });
  switch (token) {
    case "date_num":
      return `${year}-${pad(month)}-${pad(day)}`;
    case "date_slash":
      return `${pad(day)}/${pad(month)}/${year}`;
    case "date":
      return `${longMonth} ${ordinal(day)}, ${year}`;
    case "date_short":
      return `${text({ month: "short" })} ${day}, ${year}`;
    case "date_long":
      return `${weekday}, ${longMonth} ${ordinal(day)}, ${year}`;
    case "date_long_full":
      return `${longMonth} ${day}, ${year}`;
    case "time":
      return timeOfDay(ms, tz);
    case "time_secs":
      return text({ hour: "numeric", minute: "2-digit", second: "2-digit" }).replace(
        /\u202f/g,
        " ",
      );
    default:
      return null;
  }
}

/**
 * Fill Slack's date template.
 *
 * @param {number} seconds epoch seconds
 * @param {string} template such as "{date_short_pretty} at {time}"
 * @param {{tz: string, now: number, fallback: string}} reader `now` in milliseconds
 * @returns {string}
 */
export function slackDate(seconds, template, { tz, now, fallback }) {
  const ms = seconds * 1000;
  if (Number.isNaN(new Date(ms).getTime())) return fallback;
  return template.replace(/\{(\w+)\}/g, (whole, token, index) => {
    if (token === "ago") return ago(ms, now);
    if (token === "day_divider_pretty") return dayDivider(ms, now, tz);
    const plain = token.replace(/_pretty$/, "");
    const near = plain === token ? null : relativeDay(ms, now, tz);
    if (near) return index === 0 ? capital(near) : near;
    return absolute(plain, ms, tz) ?? whole;
  });
}

/**
 * @param {number} ms
 * @param {number} now
 * @param {string} tz
 * @returns {string} "Today", "Thursday, November 19th", with the year when it is another
 */
export function dayDivider(ms, now, tz) {
  const near = relativeDay(ms, now, tz);
  if (near) return capital(near);
  const long = absolute("date_long", ms, tz) ?? "";
  const sameYear = fields(ms, tz).year === fields(now, tz).year;
  return sameYear ? long.replace(/, \d+$/, "") : long;
}

/**
 * @param {string} word
 * @returns {string}
 */
export function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/**
 * @param {string} tz
 * @returns {string} "Los Angeles"
 */
export const cityOf = (tz) => (tz.split("/").at(-1) ?? tz).replace(/_/g, " ");
