/** What stands above the first message of a place. */

import { appAvatar } from "./avatar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * @param {Store} store
 * @returns {HTMLElement}
 */
export function drawIntro({ person, workspace, place }) {
  // The app is for full members: it would turn others away.
  const mayCommand = person && !person.guest && !person.stranger;
  if (place?.kind === "app" && workspace) {
    const { app } = workspace;
    return h(
      "div",
      { class: "intro" },
      appAvatar("large"),
      h("h2", {}, app.name),
      h(
        "p",
        {},
        "This is the very beginning of your direct message history with ",
        h("b", {}, app.name),
        ". Only the two of you are in this conversation.",
        mayCommand ? drawHint(app) : null,
      ),
    );
  }
  const channel = workspace?.channels.find(({ id }) => id === place?.id);
  if (!channel || !workspace) return h("div", { class: "intro" });
  const members = channel.members.length;
  return h(
    "div",
    { class: "intro" },
    h("h2", {}, icon(channel.private ? "lock" : "hash"), channel.name),
    h(
      "p",
      {},
      `This is the very beginning of the ${channel.private ? "private " : ""}channel. `,
      `${channel.topic}${channel.topic ? ". " : ""}`,
      `${members} ${members === 1 ? "member" : "members"}`,
      channel.bot ? `, and ${workspace.app.name}.` : `. ${workspace.app.name} is not in it.`,
      channel.archived || !mayCommand ? null : drawHint(workspace.app),
    ),
  );
}

/**
 * @param {import("./types.js").App} app
 * @returns {(Node | string)[]} how to begin
 */
function drawHint({ commands: [first] }) {
  return first ? [" Type ", h("code", {}, first.command), " to begin."] : [];
}
