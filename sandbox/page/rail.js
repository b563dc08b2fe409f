/** The people whom a visitor may be: one click, and the workspace is seen with their eyes. */

import * as api from "./api.js";
import { avatar } from "./avatar.js";
import { cityOf, timeOfDay } from "./dates.js";
import { byId, fill, h, rove } from "./dom.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Person} Person */

const SETTLE_MS = 400;

export class Rail {
  /** @type {Map<string, number>} unread messages of the app, by person */
  #waiting = new Map();
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {Store} store
   * @param {Session} session
   */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.root = byId("people");
    rove(this.root, ".person");
    store.on("workspace", () => this.#draw());
    store.on("connection", () => this.#lookAround());
    store.on("clock", () => this.#lookAround());
    store.on("messages", () => this.#lookAround());
  }

  #draw() {
    const { workspace, person } = this.store;
    if (!workspace) return;
    const held = this.root.contains(document.activeElement);
    fill(
      this.root,
      workspace.people.map((other) => this.#drawPerson(other, other.id === person?.id)),
    );
    if (held)
      /** @type {HTMLElement | null} */ (this.root.querySelector("[tabindex='0']"))?.focus();
  }

  /**
   * @param {Person} person
   * @param {boolean} isMe
   * @returns {HTMLElement}
   */
  #drawPerson(person, isMe) {
    const { id, real_name: name, title, tz, deleted } = person;
    const waiting = isMe ? 0 : (this.#waiting.get(id) ?? 0);
    const about = [
      name,
      title,
      `${timeOfDay(this.store.now(), tz)} in ${cityOf(tz)}`,
      deleted ? "deactivated" : "",
      waiting ? `${waiting} unread` : "",
    ].filter(Boolean);
    return h(
      "button",
      {
        type: "button",
        class: `person${isMe ? " is-current" : ""}${deleted ? " is-deleted" : ""}`,
        role: "radio",
        "aria-checked": String(isMe),
        "aria-label": about.join(", "),
        tabindex: isMe ? "0" : "-1",
        data: { person: person.name },
        on: { click: () => !isMe && this.session.become(person) },
      },
      h(
        "span",
        { class: "person__face" },
        avatar(person, "medium"),
        waiting > 0 && h("span", { class: "count" }, String(waiting)),
      ),
      h("span", { class: "person__name" }, name.split(" ")[0]),
      h(
        "span",
        { class: "person__card", "aria-hidden": "true" },
        h("b", {}, name),
        h("span", {}, title),
        h("span", {}, about[2]),
      ),
    );
  }

  /** Count what waits for the others, once things have settled. */
  #lookAround() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#count(), SETTLE_MS);
  }

  async #count() {
    const { workspace, person: me } = this.store;
    const others = (workspace?.people ?? []).filter(({ id }) => id !== me?.id);
    try {
      await Promise.all(
        others.map(async ({ id, dm }) => {
          if (dm === null) return;
          const read = this.session.reads.upTo(id, dm, true);
          const messages = await api.messages(dm, id);
          const unread = messages.filter(({ ts, user }) => ts > read && user !== id);
          this.#waiting.set(id, unread.length);
        }),
      );
    } catch (error) {
      // The counts of before stay; the stream tells of a sandbox that is gone.
      if (!(error instanceof api.ControlError)) throw error;
    }
    this.#draw();
  }
}
