/** The input block: a label, a control, a hint, and what is wrong with what was filled in. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { drawPlain } from "../inline.js";
import { drawControl } from "./controls.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Surface} Surface */

/**
 * @param {Block} block
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawInput(block, surface) {
  const id = `${surface.key}-${block.block_id}`;
  const hint = block.hint?.text;
  const control = drawControl(block.element, block, surface, {
    labelledBy: `${id}-label`,
    describedBy: [hint ? `${id}-hint` : "", `${id}-error`].join(" ").trim(),
  });
  const field = control.matches("input, textarea, button");
  if (field) control.id ||= `${id}-control`;
  const words = [
    ...drawPlain(block.label?.text ?? ""),
    block.optional ? h("span", { class: "input__optional" }, " (optional)") : "",
  ];
  return h(
    "div",
    { class: "input" },
    field
      ? h("label", { id: `${id}-label`, class: "input__label", for: control.id }, words)
      : h("div", { id: `${id}-label`, class: "input__label" }, words),
    control,
    h("div", { id: `${id}-error`, class: "input__error" }),
    hint && h("div", { id: `${id}-hint`, class: "input__hint" }, drawPlain(hint)),
  );
}

/**
 * Write errors under the inputs of a form and clear those of before.
 *
 * @param {HTMLElement} root
 * @param {Record<string, string>} errors by block id
 * @returns {string[]} errors of blocks that are not there
 */
export function showErrors(root, errors) {
  const left = new Map(Object.entries(errors));
  /** @type {HTMLElement | null} */
  let first = null;
  for (const block of /** @type {NodeListOf<HTMLElement>} */ (
    root.querySelectorAll(".block--input")
  )) {
    const id = block.dataset.block ?? "";
    const text = left.get(id);
    const control = /** @type {HTMLElement | null} */ (block.querySelector("[data-control]"));
    const place = block.querySelector(".input__error");
    if (!control || !place) continue;
    place.replaceChildren(...(text ? [icon("warning"), text] : []));
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    if (text && !first) first = control;
    left.delete(id);
  }
  if (first) {
    const focusable = first.matches("input, textarea, button")
      ? first
      : first.querySelector("input, button");
    /** @type {HTMLElement | null} */ (focusable)?.focus();
    first.scrollIntoView({ block: "center" });
  }
  return [...left.values()];
}
