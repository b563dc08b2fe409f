/** Date and time pickers. Values are those of Slack: YYYY-MM-DD, HH:mm, epoch seconds. */

import { fields, moment } from "../dates.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { spoken } from "../inline.js";
import { openListbox } from "../listbox.js";
import { openPopover } from "../popover.js";
import { drawCalendar, readableDate } from "./calendar.js";
import { change } from "./act.js";
import { openingTimes, readableTime, timeFrom } from "./times.js";

/** @typedef {import("./act.js").Draw} Draw */
/** @typedef {import("./act.js").Naming} Naming */

let pickers = 0;

/**
 * @typedef {object} Picker
 * @property {HTMLButtonElement} button
 * @property {(value: string | null) => void} show
 *
 * @param {object} options
 * @param {string} options.sign
 * @param {string} options.placeholder
 * @param {(value: string) => string} options.readable
 * @param {(button: HTMLButtonElement) => void} options.open
 * @param {Naming} options.naming
 * @returns {Picker}
 */
function drawPicker({ sign, placeholder, readable, open, naming }) {
  const label = h("span", { class: "select__value", id: `picker-${(pickers += 1)}` });
  const button = h(
    "button",
    {
      type: "button",
      class: "select select--picker",
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      "aria-labelledby": naming.labelledBy ? `${naming.labelledBy} ${label.id}` : null,
      "aria-describedby": naming.describedBy,
      on: { click: () => open(button) },
    },
    icon(sign),
    label,
    icon("chevron"),
  );
  const show = (/** @type {string | null} */ value) => {
    fill(label, value ? readable(value) : placeholder);
    label.classList.toggle("is-placeholder", !value);
  };
  return { button, show };
}

/**
 * @param {object} options
 * @param {string} options.placeholder
 * @param {string} options.today
 * @param {boolean} options.optional whether it can be emptied again
 * @param {() => string | null} options.held
 * @param {(date: string | null) => void} options.onPick
 * @param {Naming} options.naming
 * @returns {Picker}
 */
function datePicker({ placeholder, today, optional, held, onPick, naming }) {
  const open = (/** @type {HTMLButtonElement} */ button) => {
    const pick = (/** @type {string | null} */ date) => {
      popover.close(true);
      onPick(date);
    };
    const calendar = drawCalendar({ chosen: held(), today, onPick: pick });
    const clear =
      optional && held()
        ? h(
            "button",
            { type: "button", class: "calendar__clear", on: { click: () => pick(null) } },
            "Clear",
          )
        : null;
    button.setAttribute("aria-expanded", "true");
    const popover = openPopover(button, h("div", {}, calendar.node, clear), {
      onClose: () => button.setAttribute("aria-expanded", "false"),
    });
    calendar.focus();
  };
  return drawPicker({ sign: "calendar", placeholder, readable: readableDate, open, naming });
}

/**
 * @param {object} options
 * @param {string} options.placeholder
 * @param {() => string | null} options.held
 * @param {(time: string) => void} options.onPick
 * @param {Naming} options.naming
 * @returns {Picker}
 */
function timePicker({ placeholder, held, onPick, naming }) {
  const open = (/** @type {HTMLButtonElement} */ button) => {
    openListbox(button, {
      label: placeholder,
      groups: [openingTimes()],
      chosen: () => new Set([held() ?? "09:00"]),
      typed: timeFrom,
      onPick,
    });
  };
  return drawPicker({ sign: "clock", placeholder, readable: readableTime, open, naming });
}

/** @type {Draw} */
export function drawDatePicker(element, block, surface, naming) {
  const held = () => /** @type {string | null} */ (surface.form.get(block, element));
  const pick = async (/** @type {string | null} */ date) => {
    const changed = change(picker.button, element, block, surface, date);
    picker.show(held());
    if (!(await changed)) picker.show(held());
  };
  const picker = datePicker({
    placeholder: spoken(element.placeholder) || "Select a date",
    today: dateText(fields(surface.now(), surface.person.tz)),
    optional: Boolean(block.optional),
    held,
    onPick: (date) => void pick(date),
    naming,
  });
  picker.show(held());
  return picker.button;
}

/** @type {Draw} */
export function drawTimePicker(element, block, surface, naming) {
  const held = () => /** @type {string | null} */ (surface.form.get(block, element));
  const pick = async (/** @type {string} */ time) => {
    const changed = change(picker.button, element, block, surface, time);
    picker.show(held());
    if (!(await changed)) picker.show(held());
  };
  const picker = timePicker({
    placeholder: spoken(element.placeholder) || "Select a time",
    held,
    onPick: (time) => void pick(time),
    naming,
  });
  picker.show(held());
  return picker.button;
}

/** A day and a time of day, in the zone of the person who picks them. @type {Draw} */
export function drawDateTimePicker(element, block, surface, naming) {
  const { tz } = surface.person;
  /** @type {{date: string | null, time: string | null}} */
  let picked = { date: null, time: null };
  const reflect = () => {
    const seconds = surface.form.get(block, element);
    const at = seconds === null ? null : fields(Number(seconds) * 1000, tz);
    const time = at && `${pad(at.hour)}:${pad(at.minute)}`;
    picked = { date: at && dateText(at), time };
    show();
  };
  const show = () => {
    day.show(picked.date);
    clock.show(picked.time);
  };
  const pick = async (/** @type {Partial<typeof picked>} */ part) => {
    picked = { ...picked, ...part };
    show();
    const seconds = picked.date && picked.time ? epoch(picked.date, picked.time, tz) : null;
    if (seconds === surface.form.get(block, element)) return;
    if (!(await change(box, element, block, surface, seconds))) reflect();
  };
  const day = datePicker({
    placeholder: "Select a date",
    today: dateText(fields(surface.now(), tz)),
    optional: Boolean(block.optional),
    held: () => picked.date,
    onPick: (date) => void pick({ date }),
    naming,
  });
  const clock = timePicker({
    placeholder: "Select a time",
    held: () => picked.time,
    onPick: (time) => void pick({ time }),
    naming,
  });
  const label = naming.labelledBy ? null : "Date and time";
  const box = h(
    "div",
    { class: "pickers", role: "group", "aria-labelledby": naming.labelledBy, "aria-label": label },
    day.button,
    clock.button,
  );
  reflect();
  return box;
}

/** @param {number} n */
const pad = (n) => String(n).padStart(2, "0");

/** @param {{year: number, month: number, day: number}} date */
const dateText = ({ year, month, day }) => `${year}-${pad(month)}-${pad(day)}`;

/**
 * @param {string} date
 * @param {string} time
 * @param {string} tz
 * @returns {number} epoch seconds
 */
function epoch(date, time, tz) {
  const [year, month, day, hour, minute] = `${date}-${time}`.split(/\D/).map(Number);
  return moment({ year, month, day, hour, minute }, tz) / 1000;
}
