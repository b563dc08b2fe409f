/** The table block: the first row is the header, cells are text, numbers or rich text. */

import { h } from "../dom.js";
import { drawRichText } from "./rich-text.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../inline.js").Reader} Reader */

const ALIGNMENTS = ["left", "center", "right"];

/**
 * @param {Block} block
 * @param {Reader} reader
 * @returns {HTMLElement}
 */
export function drawTable(block, reader) {
  const [head = [], ...body] = /** @type {any[][]} */ (block.rows ?? []);
  const settings = block.column_settings ?? [];
  const classes = (/** @type {any} */ cell, /** @type {number} */ column) => {
    const { align, is_wrapped: wrapped } = settings[column] ?? {};
    const side = ALIGNMENTS.includes(align) ? align : cell.type === "raw_number" ? "right" : "left";
    return `cell cell--${side}${wrapped ? " cell--wrapped" : ""}`;
  };
  const table = h(
    "table",
    { class: "table" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        head.map((cell, column) =>
          h("th", { scope: "col", class: classes(cell, column) }, drawCell(cell, reader)),
        ),
      ),
    ),
    h(
      "tbody",
      {},
      body.map((row) =>
        h(
          "tr",
          {},
          row.map((cell, column) =>
            h("td", { class: classes(cell, column) }, drawCell(cell, reader)),
          ),
        ),
      ),
    ),
  );
  const label = `Table, ${body.length} ${body.length === 1 ? "row" : "rows"}`;
  // Wide tables scroll on their own; the keyboard can reach what is cut off.
  return h(
    "div",
    { class: "table-scroll", role: "region", "aria-label": label, tabindex: "0" },
    table,
  );
}

/**
 * @param {any} cell
 * @param {Reader} reader
 * @returns {Node}
 */
function drawCell(cell, reader) {
  if (cell.type === "rich_text") return drawRichText(cell, reader);
  return document.createTextNode(cell.text ?? String(cell.value ?? ""));
}
