/** Something that opens beside a control and goes away at Esc, at Tab or at a click elsewhere. */

import { h } from "./dom.js";

const GAP = 4;
const EDGE = 8;

/** @type {{anchor: HTMLElement, close: () => void} | null} */
let current = null;

/**
 * @typedef {object} Popover
 * @property {HTMLElement} node
 * @property {() => void} place puts it beside its anchor again, after its size changed
 * @property {(refocus?: boolean) => void} close
 */

/**
 * Open `content` below `anchor`, or above where there is more room. One popover is open at a time.
 *
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @param {{onClose?: () => void, matchWidth?: boolean, align?: "start" | "center" | "end"}} [options]
 * @returns {Popover}
 */
export function openPopover(
  anchor,
  content,
  { onClose, matchWidth = false, align = "start" } = {},
) {
  current?.close();
  const node = h("div", { class: "popover", popover: "manual" }, content);
  // A modal dialog makes everything outside of it inert.
  (anchor.closest("dialog") ?? document.body).append(node);
  node.showPopover();

  const place = () => {
    const box = anchor.getBoundingClientRect();
    if (matchWidth) node.style.minWidth = `${box.width}px`;
    node.style.maxHeight = "";
    const below = innerHeight - box.bottom - GAP - EDGE;
    const above = box.top - GAP - EDGE;
    const up = node.offsetHeight > below && above > below;
    node.style.maxHeight = `${Math.max(up ? above : below, 120)}px`;
    const spare = box.width - node.offsetWidth;
    const left = box.left + spare * { start: 0, center: 0.5, end: 1 }[align];
    const rightmost = innerWidth - node.offsetWidth - EDGE;
    node.style.left = `${Math.max(EDGE, Math.min(left, rightmost))}px`;
    node.style.top = `${up ? box.top - GAP - node.offsetHeight : box.bottom + GAP}px`;
  };

  const close = (refocus = false) => {
    if (current?.close !== close) return;
    current = null;
    document.removeEventListener("keydown", escape, true);
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("scroll", scrolled, true);
    window.removeEventListener("resize", place);
    node.remove();
    if (refocus) anchor.focus();
    onClose?.();
  };
  const outside = (/** @type {Event} */ event) => {
    const target = /** @type {Node} */ (event.target);
    if (!node.contains(target) && !anchor.contains(target)) close();
  };
  const scrolled = (/** @type {Event} */ event) => {
    if (node.contains(/** @type {Node} */ (event.target))) return;
    if (anchor.isConnected) place();
    else close();
  };
  // Before a dialog around it hears of the key, and wherever the focus is.
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close(true);
  };
  node.addEventListener("focusout", (event) => {
    const to = event.relatedTarget;
    if (to instanceof Node && !node.contains(to) && !anchor.contains(to)) close();
  });
  document.addEventListener("keydown", escape, true);
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("scroll", scrolled, true);
  window.addEventListener("resize", place);
  current = { anchor, close };
  place();
  return { node, place, close };
}

/** Close a popover whose anchor was drawn anew, and is not on the page any more. */
export function closeOrphan() {
  if (current && !current.anchor.isConnected) current.close();
}

/**
 * Open a menu of commands. The focus is on the first, arrows move it.
 *
 * @param {HTMLElement} anchor
 * @param {string} label
 * @param {{label: string, description?: string, run: () => void}[]} items
 */
export function openMenu(anchor, label, items) {
  const buttons = items.map(({ label: text, description, run }) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: "menu__item",
        tabindex: "-1",
        on: {
          click: () => {
            popover.close(true);
            run();
          },
        },
      },
      h("span", { class: "menu__label" }, text),
      description && h("span", { class: "menu__description" }, description),
    ),
  );
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label }, buttons);
  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: (at + 1) % buttons.length,
      ArrowUp: (at - 1 + buttons.length) % buttons.length,
      Home: 0,
      End: buttons.length - 1,
    };
    if (event.key === "Tab") popover.close(true);
    if (!(event.key in moves)) return;
    event.preventDefault();
    buttons[moves[event.key]].focus();
  });
  anchor.setAttribute("aria-expanded", "true");
  const popover = openPopover(anchor, menu, {
    align: "end",
    onClose: () => anchor.setAttribute("aria-expanded", "false"),
  });
  buttons[0]?.focus();
}
