/** The rich_text block, in messages and in the cells of tables. Nothing in it is ever parsed. */

import { h } from "../dom.js";
import { drawBroadcast, drawChannel, drawDate, drawEmoji, drawLink, drawUser } from "../inline.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../inline.js").Reader} Reader */

const STYLES = /** @type {const} */ ({
  bold: "b",
  italic: "i",
  strike: "s",
  underline: "u",
  code: "code",
});
const BULLETS = ["disc", "circle", "square"];
const NUMBERS = ["decimal", "lower-alpha", "lower-roman"];

/**
 * @param {Block} block
 * @param {Reader} reader
 * @returns {HTMLElement}
 */
export function drawRichText(block, reader) {
  return h(
    "div",
    { class: "rich" },
    (block.elements ?? []).map((/** @type {any} */ element) => drawPart(element, reader)),
  );
}

/**
 * @param {any} element
 * @param {Reader} reader
 * @returns {HTMLElement}
 */
function drawPart(element, reader) {
  const parts = (element.elements ?? []).map((/** @type {any} */ part) =>
    drawElement(part, reader),
  );
  switch (element.type) {
    case "rich_text_list":
      return drawList(element, reader);
    case "rich_text_quote":
      return h("blockquote", { class: "quote" }, parts);
    case "rich_text_preformatted":
      return h("pre", { class: "pre" }, parts);
    default:
      return h("p", { class: "para" }, parts);
  }
}

/**
 * @param {any} element
 * @param {Reader} reader
 * @returns {HTMLElement}
 */
function drawList({ style, indent = 0, offset = 0, border, elements = [] }, reader) {
  const ordered = style === "ordered";
  const list = h(
    ordered ? "ol" : "ul",
    {
      class: `list${border ? " list--border" : ""}`,
      start: ordered && offset ? String(offset + 1) : null,
    },
    elements.map((/** @type {any} */ item) =>
      h(
        "li",
        {},
        (item.elements ?? []).map((/** @type {any} */ part) => drawElement(part, reader)),
      ),
    ),
  );
  list.style.setProperty("--indent", String(Math.min(indent, 8)));
  list.style.listStyleType = (ordered ? NUMBERS : BULLETS)[indent % 3];
  return list;
}

/**
 * @param {any} element
 * @param {Reader} reader
 * @returns {Node}
 */
function drawElement(element, reader) {
  let node = drawBare(element, reader);
  for (const [name, tag] of Object.entries(STYLES)) {
    if (element.style?.[name]) node = h(tag, {}, node);
  }
  return node;
}

/**
 * @param {any} element
 * @param {Reader} reader
 * @returns {Node}
 */
function drawBare(element, reader) {
  switch (element.type) {
    case "text":
      return document.createTextNode(element.text ?? "");
    case "link":
      return drawLink(element.url ?? "", element.text ?? "");
    case "user":
      return drawUser(element.user_id, "", reader);
    case "usergroup":
      return h("span", { class: "mention" }, `@${element.usergroup_id}`);
    case "channel":
      return drawChannel(element.channel_id, "", reader);
    case "broadcast":
      return drawBroadcast(element.range);
    case "emoji":
      return drawEmoji(element.name ?? "");
    case "date":
      return drawDate(element, reader);
    case "color":
      return drawColor(element.value ?? "");
    default:
      return document.createTextNode(element.text ?? element.fallback ?? "");
  }
}

/**
 * @param {string} value
 * @returns {HTMLElement}
 */
function drawColor(value) {
  const swatch = h("span", { class: "swatch" });
  if (/^#[0-9a-f]{3,8}$/i.test(value)) swatch.style.backgroundColor = value;
  return h("span", { class: "color" }, value, swatch);
}
