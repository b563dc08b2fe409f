/** Faces: initials on a person's colour, a bell for the app, a mark for Slackbot. */

import { h } from "./dom.js";

/** @typedef {import("./types.js").Workspace} Workspace */

/**
 * @param {{real_name: string, color: string}} person
 * @param {"small" | "medium" | "large"} size
 * @returns {HTMLElement}
 */
export function avatar({ real_name: name, color }, size) {
  const initials = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join("");
  const face = h(
    "span",
    { class: `avatar avatar--${size}`, "aria-hidden": "true" },
    initials.toUpperCase(),
  );
  if (/^#[0-9a-f]{6}$/i.test(color)) face.style.backgroundColor = color;
  return face;
}

/**
 * @param {"small" | "medium" | "large"} size
 * @returns {HTMLElement}
 */
export const appAvatar = (size) =>
  h("span", { class: `avatar avatar--${size} avatar--app`, "aria-hidden": "true" }, "🔔");

/**
 * @typedef {{name: string, isApp: boolean, picture: (size: "small" | "medium" | "large") => Node}}
 *   Author
 * @param {Workspace} workspace
 * @param {{user?: string, bot_id?: string | null}} message
 * @returns {Author} who said something
 */
export function authorOf(workspace, { user, bot_id: bot }) {
  const person = workspace.people.find(({ id }) => id === user);
  if (person && !bot) {
    return { name: person.real_name, isApp: false, picture: (size) => avatar(person, size) };
  }
  if (bot || user === workspace.app.bot_user_id) {
    return { name: workspace.app.name, isApp: true, picture: appAvatar };
  }
  const slackbot = { real_name: "Slackbot", color: "#4a154b" };
  return { name: "Slackbot", isApp: false, picture: (size) => avatar(slackbot, size) };
}
