/** Buttons that show an icon and say a word. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @param {string} name of the icon
 * @param {string} label what it says, to a screen reader and when pointed at
 * @param {(event: Event) => void} run
 * @param {string} [className]
 * @returns {HTMLButtonElement}
 */
export const iconButton = (name, label, run, className = "tool") =>
  h(
    "button",
    { type: "button", class: className, "aria-label": label, title: label, on: { click: run } },
    icon(name),
  );

/** The class of an icon button that stands among words, as in the head of a window. */
export const PLAIN = "button button--icon";
