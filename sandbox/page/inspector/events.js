/** What may happen to a workspace and its people, and what Slack tells the bot of it. */

import * as api from "../api.js";
import { fill, h } from "../dom.js";
import { attempt, toast } from "../toast.js";

/** @typedef {import("../store.js").Store} Store */

const ZONES = [
  "Asia/Shanghai",
  "Asia/Tokyo",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/Los_Angeles",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
];

/** @type {[string, string][]} */
const OF_APP = [
  ["app_uninstalled", "Uninstall the app"],
  ["tokens_revoked", "Revoke its tokens"],
  ["reinstall", "Install it again"],
  ["refresh_connections", "Refresh its connections"],
  ["refuse_tables", "Refuse table blocks"],
  ["accept_tables", "Accept table blocks"],
];

/** @type {[string, string][]} */
const OF_CHANNEL = [
  ["kick_bot", "Remove the app"],
  ["invite_bot", "Add the app"],
  ["restrict", "Restrict who may post"],
  ["archive", "Archive"],
];

export class Events {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.node = h("div");
    store.on("workspace", () => this.#draw());
    store.on("place", () => this.#draw());
  }

  show() {
    this.#draw();
  }

  /** @param {Record<string, string>} body */
  async #send(body) {
    const done = await attempt("The sandbox", () => api.lifecycle(body));
    if (done) toast("Done.", "info");
  }

  #draw() {
    const { workspace, person, place } = this.store;
    if (!workspace || !person || !this.node.isConnected) return;
    const channel = workspace.channels.find(({ id }) => id === place?.id);
    const button = (/** @type {string} */ label, /** @type {Record<string, string>} */ body) =>
      h(
        "button",
        { type: "button", class: "button button--row", on: { click: () => void this.#send(body) } },
        label,
      );
    const zone = h(
      "select",
      { class: "plain-select", "aria-label": "Time zone" },
      [...new Set([person.tz, ...ZONES])].map((name) => h("option", { value: name }, name)),
    );
    zone.addEventListener(
      "change",
      () => void this.#send({ event: "set_zone", user: person.id, zone: zone.value }),
    );
    const phone = h("input", {
      type: "checkbox",
      class: "choice__box",
      checked: this.store.onPhone,
      on: { change: () => (this.store.onPhone = phone.checked) },
    });
    fill(
      this.node,
      h("h3", {}, workspace.app.name),
      h(
        "div",
        { class: "inspector__buttons" },
        OF_APP.map(([event, label]) => button(label, { event })),
      ),
      h("h3", {}, person.real_name),
      h(
        "div",
        { class: "inspector__buttons" },
        h("label", { class: "inspector__field" }, h("span", {}, "Moves to"), zone),
        h(
          "label",
          { class: "choice" },
          phone,
          h(
            "span",
            { class: "choice__text" },
            "Types commands on a phone, with its quotes and dashes",
          ),
        ),
        button("Deactivate the account", { event: "deactivate", user: person.id }),
      ),
      channel && h("h3", {}, `#${channel.name}`),
      channel &&
        h(
          "div",
          { class: "inspector__buttons" },
          OF_CHANNEL.map(([event, label]) => button(label, { event, channel: channel.id })),
          button(`${person.real_name} leaves`, {
            event: "leave",
            user: person.id,
            channel: channel.id,
          }),
        ),
    );
  }
}
