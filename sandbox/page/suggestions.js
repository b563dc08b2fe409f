/** The list above the composer. The focus stays in the field, which says what is active. */

import { fill, h } from "./dom.js";

/** @typedef {import("./suggest.js").Suggestion} Suggestion */

export class Suggestions {
  /** @type {Suggestion[]} */
  #items = [];
  #active = -1;

  /**
   * @param {HTMLTextAreaElement} field
   * @param {(item: Suggestion) => void} onTake called when one is clicked
   */
  constructor(field, onTake) {
    this.field = field;
    this.onTake = onTake;
    this.node = h("div", {
      id: "suggestions",
      class: "suggestions",
      role: "listbox",
      "aria-label": "Suggestions",
      hidden: true,
    });
    field.setAttribute("aria-controls", this.node.id);
    field.setAttribute("aria-autocomplete", "list");
    this.offer([]);
  }

  /** @returns {boolean} */
  get isOpen() {
    return this.#items.length > 0;
  }

  /** @returns {Suggestion | undefined} what Enter takes */
  get active() {
    return this.#items[this.#active];
  }

  /** @returns {Suggestion | undefined} what Tab takes */
  get nearest() {
    return this.active ?? this.#items[0];
  }

  /**
   * @param {Suggestion[]} items none closes the list
   * @param {number} [active]
   */
  offer(items, active = -1) {
    this.#items = items;
    this.node.hidden = items.length === 0;
    this.field.setAttribute("aria-expanded", String(items.length > 0));
    fill(
      this.node,
      items.map((item, index) => this.#draw(item, index)),
    );
    this.#activate(active);
  }

  /** @param {1 | -1} step round and round */
  move(step) {
    const count = this.#items.length;
    const from = this.#active < 0 && step < 0 ? count : this.#active;
    this.#activate((from + step + count) % count);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    [...this.node.children].forEach((row, at) => {
      row.setAttribute("aria-selected", String(at === index));
      if (at === index) row.scrollIntoView({ block: "nearest" });
    });
    if (this.active) this.field.setAttribute("aria-activedescendant", `suggestion-${index}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /**
   * @param {Suggestion} item
   * @param {number} index
   */
  #draw(item, index) {
    const take = (/** @type {Event} */ event) => {
      // The field would lose the focus before a click.
      event.preventDefault();
      this.onTake(item);
    };
    return h(
      "div",
      {
        id: `suggestion-${index}`,
        class: "suggestion",
        role: "option",
        on: { pointerdown: take },
      },
      h("span", { class: "suggestion__label" }, item.label),
      item.hint && h("span", { class: "suggestion__hint" }, item.hint),
      h("span", { class: "suggestion__detail" }, item.detail),
    );
  }
}
