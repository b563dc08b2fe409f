/** Block Kit, drawn as Slack draws it. https://docs.slack.dev/reference/block-kit/blocks */

import { h } from "../dom.js";
import { drawAlert, drawContext, drawHeader, drawImage, drawSection } from "./text.js";
import { drawControl } from "./controls.js";
import { drawInput } from "./input.js";
import { drawRichText } from "./rich-text.js";
import { drawTable } from "./table.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Surface} Surface */

/** @type {Record<string, (block: Block, surface: Surface) => Node>} */
const RENDERERS = {
  actions: drawActions,
  alert: drawAlert,
  context: drawContext,
  divider: () => h("hr", { class: "divider" }),
  header: drawHeader,
  image: drawImage,
  input: drawInput,
  rich_text: drawRichText,
  section: drawSection,
  table: drawTable,
};

/**
 * @param {Block[]} blocks
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawBlocks(blocks, surface) {
  return h(
    "div",
    { class: `blocks blocks--${surface.kind}` },
    blocks.map((block) => {
      const draw = RENDERERS[block.type] ?? drawUnknown;
      const data = { type: block.type, block: block.block_id ?? "" };
      return h("div", { class: `block block--${block.type}`, data }, draw(block, surface));
    }),
  );
}

/**
 * @param {Block} block
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
function drawActions(block, surface) {
  return h(
    "div",
    { class: "actions", role: "group" },
    (block.elements ?? []).map((/** @type {any} */ element) =>
      drawControl(element, block, surface),
    ),
  );
}

/**
 * Say so rather than leave a gap: a bot that sends it would look right here and not in Slack.
 *
 * @param {Block} block
 * @returns {HTMLElement}
 */
function drawUnknown(block) {
  return h("p", { class: "unknown" }, `The sandbox cannot draw a “${block.type}” block.`);
}
