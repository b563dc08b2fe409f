/** What the people of the demo connect with, to be copied into the bot's own forms. */

import * as api from "../api.js";
import { iconButton } from "../buttons.js";
import { copy } from "../clipboard.js";
import { fill, h } from "../dom.js";
import { attempt } from "../toast.js";

/** @typedef {import("../store.js").Store} Store */

/**
 * @typedef {{user: string, connect: boolean, source: string, kind: string, label: string,
 *   values: Record<string, string>, targets: Record<string, string>[]}} Credential
 */

export class Credentials {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.node = h("div");
    store.on("workspace", () => this.node.isConnected && this.show());
  }

  show() {
    void this.#load();
  }

  async #load() {
    const all = await attempt("The sandbox", api.credentials);
    const { person } = this.store;
    if (!all || !person) return;
    const mine = /** @type {Credential[]} */ (all).filter(({ user }) => user === person.id);
    fill(
      this.node,
      h("h3", {}, person.real_name),
      mine.length === 0 && h("p", { class: "inspector__note" }, "Nothing to connect with."),
      mine.map(drawCredential),
    );
  }
}

/**
 * @param {Credential} credential
 * @returns {HTMLElement}
 */
function drawCredential({ source, kind, label, connect, values, targets }) {
  return h(
    "section",
    { class: "credential" },
    h("h4", {}, label, h("span", { class: "badge" }, source)),
    h(
      "p",
      { class: "inspector__note" },
      `${kind.replaceAll("_", " ")}${connect ? ", connected at the start" : ""}`,
    ),
    drawValues(values),
    targets
      .map((target, index) => [
        h("h5", {}, targets.length > 1 ? `Target ${index + 1}` : "Target"),
        drawValues(target),
      ])
      .flat(),
  );
}

/**
 * @param {Record<string, string>} values
 * @returns {HTMLElement}
 */
function drawValues(values) {
  return h(
    "dl",
    { class: "values" },
    Object.entries(values).map(([name, value]) =>
      h(
        "div",
        { class: "values__row" },
        h("dt", {}, name.replaceAll("_", " ")),
        h("dd", {}, h("code", {}, value)),
        iconButton("copy", `Copy ${name}`, () => void copy(String(value))),
      ),
    ),
  );
}
