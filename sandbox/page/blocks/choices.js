/** Checkboxes and radio buttons. */

import { h } from "../dom.js";
import { drawText } from "../inline.js";
import { change } from "./act.js";

/** @typedef {import("./act.js").Draw} Draw */

let groups = 0;

/** @type {Draw} */
export const drawCheckboxes = (element, block, surface, naming) =>
  drawGroup("checkbox", element, block, surface, naming);

/** @type {Draw} */
export const drawRadios = (element, block, surface, naming) =>
  drawGroup("radio", element, block, surface, naming);

/**
 * @param {"checkbox" | "radio"} type
 * @param {Parameters<Draw>[0]} element
 * @param {Parameters<Draw>[1]} block
 * @param {Parameters<Draw>[2]} surface
 * @param {Parameters<Draw>[3]} naming
 * @returns {HTMLElement}
 */
function drawGroup(type, element, block, surface, naming) {
  const name = `group-${(groups += 1)}`;
  const options = element.options ?? [];
  const boxes = options.map((/** @type {any} */ { value }) =>
    h("input", { type, name, value, class: "choice__box", on: { change: () => changed() } }),
  );
  const reflect = () => {
    const held = surface.form.get(block, element);
    const chosen = new Set(Array.isArray(held) ? held : [held]);
    for (const box of boxes) box.checked = chosen.has(box.value);
  };
  const changed = async () => {
    const chosen = boxes
      .filter((/** @type {any} */ box) => box.checked)
      .map((/** @type {any} */ box) => box.value);
    const value = type === "radio" ? (chosen[0] ?? null) : chosen;
    if (!(await change(group, element, block, surface, value))) reflect();
  };
  const group = h(
    "div",
    {
      class: "choices",
      role: type === "radio" ? "radiogroup" : "group",
      "aria-labelledby": naming.labelledBy,
      "aria-describedby": naming.describedBy,
    },
    options.map((/** @type {any} */ option, /** @type {number} */ index) =>
      h(
        "label",
        { class: "choice" },
        boxes[index],
        h(
          "span",
          { class: "choice__text" },
          h("span", { class: "choice__label" }, drawText(option.text, surface)),
          option.description &&
            h("span", { class: "choice__description" }, drawText(option.description, surface)),
        ),
      ),
    ),
  );
  reflect();
  return group;
}
