/** Telling the app what somebody did with a control. */

import { askConfirm } from "../dialog.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Element} Element */
/** @typedef {import("../types.js").Surface} Surface */
/** @typedef {import("../types.js").Value} Value */

/**
 * @typedef {{labelledBy?: string, describedBy?: string}} Naming ids of what names a control
 * @typedef {(element: Element, block: Block, surface: Surface, naming: Naming) => HTMLElement} Draw
 */

/**
 * Tell the app what was done, after asking when it wants that; the control is busy meanwhile.
 *
 * @param {HTMLElement} control
 * @param {Element} element
 * @param {Block} block
 * @param {Surface} surface
 * @param {{value?: string, selected?: Value}} [what]
 * @returns {Promise<boolean>} false when the person thought better of it
 */
export async function perform(control, element, block, surface, what = {}) {
  if (control.getAttribute("aria-busy") === "true") return false;
  if (element.confirm && !(await askConfirm(element.confirm, surface))) return false;
  control.setAttribute("aria-busy", "true");
  try {
    await surface.act({ action_id: element.action_id ?? "", block_id: block.block_id, ...what });
  } finally {
    control.removeAttribute("aria-busy");
  }
  return true;
}

/**
 * Keep a new value, and tell the app at once where it wants to know. A value that the person
 * takes back when asked is as it was before.
 *
 * @param {HTMLElement} control
 * @param {Element} element
 * @param {Block} block
 * @param {Surface} surface
 * @param {Value} value
 * @returns {Promise<boolean>} false when it was taken back
 */
export async function change(control, element, block, surface, value) {
  const before = surface.form.get(block, element);
  surface.form.set(block, element, value);
  if (block.type === "input" && !block.dispatch_action) return true;
  const done = await perform(control, element, block, surface, { selected: value });
  if (!done) surface.form.set(block, element, before);
  return done;
}
