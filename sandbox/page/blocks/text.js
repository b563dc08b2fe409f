/** Blocks that people read: section, header, context, image, alert. */

import { h } from "../dom.js";
import { drawPlain, drawText } from "../inline.js";
import { drawControl } from "./controls.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Surface} Surface */

/**
 * @param {Block} block
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawSection(block, surface) {
  const { text, fields, accessory } = block;
  const id = `${surface.key}-${block.block_id}-text`;
  return h(
    "div",
    { class: "section" },
    h(
      "div",
      { class: "section__body", id },
      text && h("div", { class: "section__text" }, drawText(text, surface)),
      fields &&
        h(
          "div",
          { class: "fields" },
          fields.map((/** @type {any} */ field) =>
            h("div", { class: "field" }, drawText(field, surface)),
          ),
        ),
    ),
    accessory &&
      h(
        "div",
        { class: "section__accessory" },
        accessory.type === "image"
          ? drawPicture(accessory, "thumbnail")
          : drawControl(accessory, block, surface, { describedBy: id }),
      ),
  );
}

/**
 * @param {Block} block
 * @returns {HTMLElement}
 */
export const drawHeader = (block) =>
  h("h3", { class: "header" }, drawPlain(block.text?.text ?? ""));

/**
 * @param {Block} block
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawContext(block, surface) {
  return h(
    "div",
    { class: "context" },
    (block.elements ?? []).map((/** @type {any} */ element) =>
      element.type === "image"
        ? drawPicture(element, "context__image")
        : h("div", { class: "context__text" }, drawText(element, surface)),
    ),
  );
}

/**
 * @param {Block} block
 * @returns {HTMLElement}
 */
export function drawImage(block) {
  const title = block.title?.text;
  return h(
    "figure",
    { class: "figure" },
    title && h("figcaption", { class: "figure__title" }, drawPlain(title)),
    drawPicture(block, "figure__image"),
  );
}

/**
 * Draw the place and the description of an image: the page asks no server but its own.
 *
 * @param {Record<string, any>} image
 * @param {string} className
 * @returns {HTMLElement}
 */
function drawPicture({ alt_text: alt = "" }, className) {
  const attributes = { role: "img", "aria-label": alt, title: alt };
  return h("span", { class: `${className} picture`, ...attributes }, alt);
}

/**
 * @param {Block} block
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawAlert(block, surface) {
  const level = ["info", "warning", "error", "success"].includes(block.level)
    ? block.level
    : "default";
  return h("div", { class: `alert alert--${level}`, role: "note" }, drawText(block.text, surface));
}
