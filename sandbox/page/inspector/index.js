/** The drawer behind the page: what the bot called, how to make things fail, what to connect with. */

import { iconButton, PLAIN } from "../buttons.js";
import { byId, fill, h, rove } from "../dom.js";
import { Calls } from "./calls.js";
import { Credentials } from "./credentials.js";
import { Faults } from "./faults.js";
import { Events } from "./events.js";

/** @typedef {import("../store.js").Store} Store */
/** @typedef {{node: HTMLElement, show: () => void, hide?: () => void}} Panel */

export class Inspector {
  #selected = 0;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.root = byId("inspector");
    this.button = byId("inspect");
    /** @type {[string, Panel][]} */
    this.panels = [
      ["Calls", new Calls()],
      ["Failures", new Faults(store)],
      ["Events", new Events(store)],
      ["Credentials", new Credentials(store)],
    ];
    this.tabs = this.panels.map(([label], index) =>
      h(
        "button",
        {
          type: "button",
          class: "tab",
          role: "tab",
          id: `inspect-${index}`,
          on: { click: () => this.#select(index) },
        },
        label,
      ),
    );
    const list = h("div", { class: "tabs", role: "tablist", "aria-label": "Inspector" }, this.tabs);
    rove(list, ".tab");
    this.body = h("div", { class: "inspector__body", role: "tabpanel" });
    this.root.append(
      h(
        "header",
        { class: "inspector__head" },
        h("h2", {}, "Inspector"),
        iconButton("close", "Close the inspector", () => this.#toggle(), PLAIN),
      ),
      list,
      this.body,
    );
    this.button.addEventListener("click", () => this.#toggle());
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.#toggle());
  }

  #toggle() {
    this.root.hidden = !this.root.hidden;
    this.button.setAttribute("aria-expanded", String(!this.root.hidden));
    if (this.root.hidden) {
      this.panels[this.#selected][1].hide?.();
      this.button.focus();
    } else {
      this.#select(this.#selected);
      this.tabs[this.#selected].focus();
    }
  }

  /** @param {number} index */
  #select(index) {
    this.panels[this.#selected][1].hide?.();
    this.#selected = index;
    this.tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    });
    const [, panel] = this.panels[index];
    this.body.setAttribute("aria-labelledby", `inspect-${index}`);
    fill(this.body, panel.node);
    panel.show();
  }
}
