/** A month of days to pick from. Dates are texts: YYYY-MM-DD. */

import { iconButton, PLAIN } from "../buttons.js";
import { fill, h } from "../dom.js";

const DAY_MS = 86_400_000;
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** @param {string} date */
const toMs = (date) => Date.parse(`${date}T00:00:00Z`);

/** @param {number} ms */
const toDate = (ms) => new Date(ms).toISOString().slice(0, 10);

const LONG = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });
const FULL = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" });

/**
 * @param {string} date
 * @returns {string} "November 21, 2026"
 */
export const readableDate = (date) => LONG.format(toMs(date));

/**
 * Draw a month. Arrows move by days and weeks, Page Up and Page Down by months.
 *
 * @param {{chosen: string | null, today: string, onPick: (date: string) => void}} options
 * @returns {{node: HTMLElement, focus: () => void}}
 */
export function drawCalendar({ chosen, today, onPick }) {
  let at = toMs(chosen ?? today);
  const title = h("div", { class: "calendar__title", "aria-live": "polite" });
  const body = h("tbody");
  const step = (/** @type {number} */ months) => {
    const date = new Date(at);
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + months);
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    at = date.setUTCDate(Math.min(day, last));
    draw();
  };
  const day = (/** @type {number} */ ms) => {
    const date = toDate(ms);
    const other = date.slice(0, 7) !== toDate(at).slice(0, 7);
    return h(
      "td",
      { role: "gridcell", "aria-selected": String(date === chosen) },
      h(
        "button",
        {
          type: "button",
          class: `day${other ? " day--other" : ""}${date === today ? " day--today" : ""}`,
          tabindex: ms === at ? "0" : "-1",
          "aria-label": FULL.format(ms),
          "aria-current": date === today ? "date" : null,
          data: { date },
          on: { click: () => onPick(date) },
        },
        String(new Date(ms).getUTCDate()),
      ),
    );
  };
  const draw = () => {
    fill(title, MONTH.format(at));
    const first = toMs(`${toDate(at).slice(0, 7)}-01`);
    const start = first - new Date(first).getUTCDay() * DAY_MS;
    const weeks = [0, 1, 2, 3, 4, 5].map((week) =>
      h(
        "tr",
        {},
        WEEKDAYS.map((_, weekday) => day(start + (week * 7 + weekday) * DAY_MS)),
      ),
    );
    fill(body, weeks);
  };
  const focus = () => /** @type {HTMLElement} */ (body.querySelector("[tabindex='0']")).focus();

  body.addEventListener("keydown", (event) => {
    /** @type {Record<string, number>} */
    const days = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    /** @type {Record<string, number>} */
    const months = { PageUp: -1, PageDown: 1 };
    if (event.key in days) {
      at += days[event.key] * DAY_MS;
      draw();
    } else if (event.key in months) step(months[event.key]);
    else return;
    event.preventDefault();
    focus();
  });

  draw();
  const node = h(
    "div",
    { class: "calendar", role: "dialog", "aria-label": "Choose a date" },
    h(
      "div",
      { class: "calendar__head" },
      iconButton("chevron-left", "Previous month", () => step(-1), PLAIN),
      title,
      iconButton("chevron-right", "Next month", () => step(1), PLAIN),
    ),
    h(
      "table",
      { class: "calendar__days", role: "grid" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          WEEKDAYS.map((name) => h("th", { scope: "col", abbr: name }, name.slice(0, 2))),
        ),
      ),
      body,
    ),
  );
  return { node, focus };
}
