/** The workspace's clock: shows the simulated time, and moves it forward. */

import * as api from "./api.js";
import { shortDate, timeOfDay } from "./dates.js";
import { byId, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./popover.js";
import { attempt, toast } from "./toast.js";

/** @typedef {import("./store.js").Store} Store */

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const TICK_MS = 5_000;

/** @type {[string, number][]} */
const STEPS = [
  ["+1 hour", HOUR_S],
  ["+1 day", DAY_S],
  ["+1 week", 7 * DAY_S],
  ["+30 days", 30 * DAY_S],
];

export class Clock {
  /** @type {"step" | "jump"} */
  #mode = "step";
  /** @type {{from: number, to: number} | null} a move under way */
  #move = null;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.button = byId("clock");
    this.panel = h("div", { class: "clock-panel", role: "dialog", "aria-label": "Clock" });
    this.button.addEventListener("click", () => this.#open());
    store.on("tick", () => this.#draw());
    store.on("workspace", () => this.#draw());
    setInterval(() => store.person && store.emit("tick"), TICK_MS);
  }

  #open() {
    if (this.panel.isConnected) return;
    this.#drawPanel();
    this.button.setAttribute("aria-expanded", "true");
    openPopover(this.button, this.panel, {
      align: "center",
      onClose: () => this.button.setAttribute("aria-expanded", "false"),
    });
    /** @type {HTMLElement | null} */ (this.panel.querySelector("button:not(:disabled)"))?.focus();
  }

  #draw() {
    const { person, offset } = this.store;
    if (!person) return;
    const now = this.store.now();
    const date = shortDate(now, person.tz);
    const time = timeOfDay(now, person.tz);
    const ahead = aheadText(offset);
    fill(
      this.button,
      icon("clock"),
      h("span", { class: "clock__date" }, `${date}, `),
      h("span", { class: "clock__time" }, time),
      ahead && h("span", { class: "clock__ahead" }, ahead),
      this.#move && h("span", { class: "spinner" }),
    );
    this.button.setAttribute("aria-label", `Clock: ${date}, ${time}${ahead ? `, ${ahead}` : ""}`);
    const shown = this.panel.querySelector(".clock-panel__now");
    if (shown) fill(shown, h("b", {}, time), h("span", {}, date));
    this.#drawProgress();
  }

  #drawPanel() {
    const moving = this.#move !== null;
    fill(
      this.panel,
      h("div", { class: "clock-panel__now" }),
      h("progress", {
        class: "clock-panel__progress",
        max: "1",
        "aria-label": "Moving the clock",
        hidden: !moving,
      }),
      h(
        "div",
        { class: "clock-panel__steps" },
        STEPS.map(([label, seconds]) =>
          h(
            "button",
            {
              type: "button",
              class: "button",
              disabled: moving,
              on: { click: () => void this.#advance(seconds) },
            },
            label,
          ),
        ),
      ),
      h(
        "div",
        { class: "choices", role: "radiogroup", "aria-label": "How to move" },
        this.#drawMode("step", "Step", "From one due moment to the next: nothing is skipped."),
        this.#drawMode("jump", "Jump", "All at once, as if the bot had been away."),
      ),
      h(
        "p",
        { class: "clock-panel__note" },
        "The clock only moves forward. Signatures and timeouts go by real time.",
      ),
    );
    this.#draw();
  }

  /**
   * @param {"step" | "jump"} mode
   * @param {string} label
   * @param {string} description
   */
  #drawMode(mode, label, description) {
    const box = h("input", {
      type: "radio",
      name: "clock-mode",
      class: "choice__box",
      value: mode,
      checked: mode === this.#mode,
    });
    box.addEventListener("change", () => (this.#mode = mode));
    return h(
      "label",
      { class: "choice" },
      box,
      h(
        "span",
        { class: "choice__text" },
        h("span", { class: "choice__label" }, label),
        h("span", { class: "choice__description" }, description),
      ),
    );
  }

  #drawProgress() {
    const bar = /** @type {HTMLProgressElement | null} */ (this.panel.querySelector("progress"));
    if (!bar) return;
    bar.hidden = this.#move === null;
    if (this.#move) {
      const { from, to } = this.#move;
      bar.value = Math.min(Math.max((this.store.now() - from) / (to - from), 0.02), 1);
    }
  }

  /** @param {number} seconds */
  async #advance(seconds) {
    const from = this.store.now();
    this.#move = { from, to: from + seconds * 1000 };
    this.#drawPanel();
    const name = this.store.workspace?.app.name ?? "The app";
    const answer = await attempt(name, () => api.advance(seconds, this.#mode));
    this.#move = null;
    if (answer) {
      this.store.setClock(answer.now, answer.offset_ms);
      const date = shortDate(answer.now, this.store.person?.tz ?? "UTC");
      const { steps } = answer;
      toast(`It is now ${date}, after ${steps} ${steps === 1 ? "step" : "steps"}.`, "info");
    }
    this.#drawPanel();
    /** @type {HTMLElement | null} */ (this.panel.querySelector("button"))?.focus();
  }
}

/**
 * @param {number} offset in milliseconds
 * @returns {string} "30 d ahead", empty when there is nothing to tell
 */
function aheadText(offset) {
  const hours = Math.round(offset / (HOUR_S * 1000));
  if (hours <= 0) return "";
  const days = Math.floor(hours / 24);
  const rest = hours % 24;
  return `+${[days ? `${days} d` : "", rest ? `${rest} h` : ""].filter(Boolean).join(" ")}`;
}
