/** The workspace's name, its channels and the app, with marks on what was not read. */

import { appAvatar } from "./avatar.js";
import { cityOf, timeOfDay } from "./dates.js";
import { byId, fill, h, rove, soon } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Channel} Channel */
/** @typedef {import("./types.js").Place} Place */

export class Sidebar {
  /**
   * @param {Store} store
   * @param {Session} session
   * @param {() => void} onChoose called after a choice, for a drawer to close
   */
  constructor(store, session, onChoose) {
    this.store = store;
    this.session = session;
    this.onChoose = onChoose;
    this.root = byId("sidebar");
    rove(this.root, ".place");
    const draw = soon(() => this.#draw());
    for (const topic of /** @type {const} */ (["workspace", "place", "unread"])) {
      store.on(topic, draw);
    }
    store.on("tick", () => this.#drawTime());
  }

  #draw() {
    const { workspace, person } = this.store;
    if (!workspace || !person) return;
    const held = document.activeElement?.closest(".place")?.getAttribute("data-place");
    const open = workspace.channels.filter(({ archived }) => !archived);
    const archived = workspace.channels.filter((channel) => channel.archived);
    fill(
      this.root,
      h(
        "header",
        { class: "sidebar__head" },
        h("div", { class: "sidebar__team" }, workspace.team.name),
        h(
          "div",
          { class: "sidebar__me" },
          h("b", {}, person.real_name),
          h("span", {}, person.title),
        ),
        h("div", { class: "sidebar__time", id: "my-time" }),
      ),
      section(
        "Channels",
        open.map((channel) => this.#drawChannel(channel)),
      ),
      person.dm !== null && section("Apps", [this.#drawApp(person.dm)]),
      archived.length > 0 &&
        section(
          "Archived",
          archived.map((channel) => this.#drawChannel(channel)),
        ),
    );
    this.#drawTime();
    const stops = /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll(".place")]);
    const current = stops.find((node) => node.matches("[aria-current]")) ?? stops[0];
    for (const node of stops) node.tabIndex = node === current ? 0 : -1;
    stops.find((node) => held && node.dataset.place === held)?.focus();
  }

  #drawTime() {
    const { person } = this.store;
    const node = document.getElementById("my-time");
    if (!person || !node) return;
    fill(node, icon("clock"), `${timeOfDay(this.store.now(), person.tz)} in ${cityOf(person.tz)}`);
  }

  /** @param {Channel} channel */
  #drawChannel(channel) {
    const { id, name, archived, shared } = channel;
    const sign = archived ? "archive" : channel.private ? "lock" : "hash";
    const extra = shared
      ? h(
          "span",
          { class: "place__extra", title: "Shared with another organisation" },
          icon("shared"),
        )
      : null;
    return this.#drawPlace({ kind: "channel", id }, name, icon(sign), extra);
  }

  /** @param {string} id of the person's DM with it */
  #drawApp(id) {
    const { name = "", connected = 0 } = this.store.workspace?.app ?? {};
    /** @type {Place} */
    const dm = { kind: "app", id, tab: "messages" };
    const title = connected ? "Connected" : "Not connected";
    const presence = h("span", { class: `presence${connected ? " is-active" : ""}`, title });
    return this.#drawPlace(
      dm,
      name,
      h("span", { class: "place__app" }, appAvatar("small"), presence),
      null,
    );
  }

  /**
   * @param {Place} place
   * @param {string} name
   * @param {Node} sign
   * @param {Node | null} extra
   */
  #drawPlace(place, name, sign, extra) {
    const isCurrent = this.store.place?.id === place.id;
    const unread = isCurrent ? 0 : this.session.unread(place.id);
    const choose = () => {
      this.session.go(place);
      this.onChoose();
    };
    return h(
      "button",
      {
        type: "button",
        class: `place${isCurrent ? " is-current" : ""}${unread ? " is-unread" : ""}`,
        "aria-current": isCurrent ? "page" : null,
        "aria-label": unread > 0 ? `${name}, ${unread} unread` : name,
        data: { place: place.id },
        on: { click: choose },
      },
      sign,
      h("span", { class: "place__name" }, name),
      extra,
      unread > 0 && place.kind === "app" && h("span", { class: "count" }, String(unread)),
    );
  }
}

/**
 * @param {string} title
 * @param {HTMLElement[]} places
 */
const section = (title, places) =>
  h("section", { class: "sidebar__section", "aria-label": title }, h("h2", {}, title), places);
