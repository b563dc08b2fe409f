/** The line above a place: its name and topic, and the tabs of the app. */

import { appAvatar } from "./avatar.js";
import { byId, fill, h, rove } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./store.js").Store} Store */

const TABS = /** @type {const} */ ([
  ["home", "Home"],
  ["messages", "Messages"],
]);

export class Head {
  /**
   * @param {Store} store
   * @param {Session} session
   */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.root = byId("place-head");
    this.banner = byId("banner");
    rove(this.root, "[role='tab']");
    store.on("place", () => this.#draw());
    store.on("workspace", () => this.#draw());
    store.on("connection", () => this.#drawBanner());
  }

  #draw() {
    const { place, workspace } = this.store;
    if (!place || !workspace) return;
    const held = this.root.contains(document.activeElement);
    if (place.kind === "app") this.#drawApp(place.id, place.tab);
    else this.#drawChannel(place.id);
    if (held)
      /** @type {HTMLElement | null} */ (
        this.root.querySelector("[aria-selected='true']")
      )?.focus();
    this.#drawBanner();
  }

  /** @param {string} id */
  #drawChannel(id) {
    const { workspace } = this.store;
    const channel = workspace?.channels.find((known) => known.id === id);
    if (!workspace || !channel) return;
    document.title = `#${channel.name} – ${workspace.team.name}`;
    const { members, bot } = channel;
    fill(
      this.root,
      h(
        "div",
        { class: "head__line" },
        h("h1", { class: "head__name" }, icon(channel.private ? "lock" : "hash"), channel.name),
        h("span", { class: "head__topic" }, channel.topic),
        channel.shared && h("span", { class: "head__tag" }, "Shared"),
        h(
          "span",
          {
            class: "head__members",
            title: bot
              ? `with ${workspace.app.name}`
              : `${workspace.app.name} is not in this channel`,
          },
          icon("people"),
          String(members.length + (bot ? 1 : 0)),
          h("span", { class: "sr-only" }, " members"),
        ),
      ),
    );
  }

  /**
   * @param {string} id
   * @param {"home" | "messages"} selected
   */
  #drawApp(id, selected) {
    const name = this.store.workspace?.app.name ?? "";
    document.title = `${name} – ${this.store.workspace?.team.name}`;
    fill(
      this.root,
      h(
        "div",
        { class: "head__line" },
        h("h1", { class: "head__name" }, appAvatar("small"), name),
        h("span", { class: "badge" }, "APP"),
      ),
      h(
        "div",
        { class: "tabs", role: "tablist", "aria-label": name },
        TABS.map(([tab, label]) =>
          h(
            "button",
            {
              type: "button",
              class: "tab",
              role: "tab",
              id: `tab-${tab}`,
              "aria-selected": String(tab === selected),
              "aria-controls": tab === "home" ? "home" : "timeline",
              tabindex: tab === selected ? "0" : "-1",
              on: { click: () => this.session.go({ kind: "app", id, tab }) },
            },
            label,
          ),
        ),
      ),
    );
  }

  #drawBanner() {
    const { connected, workspace } = this.store;
    const text = !connected
      ? "The sandbox does not answer. Trying again…"
      : workspace && !workspace.app.connected
        ? `${workspace.app.name} is not connected: start it, and commands will reach it.`
        : "";
    this.banner.hidden = text === "";
    fill(this.banner, icon("warning"), text);
  }
}
