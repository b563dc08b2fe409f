/** What may stand inside a line of text, drawn: links, mentions, dates, emoji, styles. */

import { slackDate } from "./dates.js";
import { h, safeUrl } from "./dom.js";
import { emoji } from "./emoji.js";
import { parseMrkdwn, plainText } from "./mrkdwn.js";

/** @typedef {import("./mrkdwn.js").Inline} Inline */
/** @typedef {import("./types.js").Surface} Surface */
/** @typedef {import("./types.js").TextObject} TextObject */
/** @typedef {Pick<Surface, "workspace" | "person" | "now">} Reader */

/**
 * Draw a text object: formatted when it is mrkdwn, as it stands when it is plain text.
 *
 * @param {TextObject | null | undefined} text
 * @param {Reader} reader
 * @returns {Node[]}
 */
export function drawText(text, reader) {
  if (!text) return [];
  if (text.type === "mrkdwn") return drawMrkdwn(text.text, reader, text.verbatim);
  return drawPlain(text.text);
}

/**
 * @param {string} text
 * @param {Reader} reader
 * @param {boolean} [verbatim]
 * @returns {Node[]} paragraphs, quotes and preformatted parts
 */
export function drawMrkdwn(text, reader, verbatim) {
  return parseMrkdwn(text, { verbatim }).map((part) =>
    part.type === "pre"
      ? h("pre", { class: "pre" }, part.text)
      : h(
          part.type === "quote" ? "blockquote" : "p",
          { class: part.type === "quote" ? "quote" : "para" },
          drawInline(part.children, reader),
        ),
  );
}

/**
 * @param {string} text
 * @returns {Node[]} with its emoji, which plain text has as well
 */
export function drawPlain(text) {
  return text
    .split(/(:[a-z0-9_+'-]{1,64}:)/)
    .map((piece, index) =>
      index % 2 === 1 ? drawEmoji(piece.slice(1, -1)) : document.createTextNode(piece),
    )
    .filter((node) => node.textContent !== "");
}

/**
 * Return what a screen reader or a list entry says for a text object.
 *
 * @param {TextObject | null | undefined} text
 * @returns {string}
 */
export function spoken(text) {
  if (!text) return "";
  const words = text.type === "mrkdwn" ? plainText(text.text) : text.text;
  return words.replace(/:([a-z0-9_+'-]+):/g, (whole, name) => emoji(name) ?? whole);
}

/**
 * @param {Inline[]} nodes
 * @param {Reader} reader
 * @returns {Node[]}
 */
export function drawInline(nodes, reader) {
  return nodes.map((node) => {
    switch (node.type) {
      case "text":
        return document.createTextNode(node.text);
      case "break":
        return h("br");
      case "code":
        return h("code", {}, node.text);
      case "bold":
        return h("b", {}, drawInline(node.children, reader));
      case "italic":
        return h("i", {}, drawInline(node.children, reader));
      case "strike":
        return h("s", {}, drawInline(node.children, reader));
      case "link":
        return drawLink(node.url, node.text);
      case "user":
        return drawUser(node.id, node.text, reader);
      case "channel":
        return drawChannel(node.id, node.text, reader);
      case "usergroup":
        return h("span", { class: "mention" }, node.text || `@${node.id}`);
      case "broadcast":
        return drawBroadcast(node.range);
      case "emoji":
        return drawEmoji(node.name);
      case "date":
        return drawDate(node, reader);
    }
  });
}

/**
 * @param {string} url
 * @param {string} text
 * @returns {Node} plain text where the address is not one to follow
 */
export function drawLink(url, text) {
  const href = safeUrl(url);
  if (!href) return document.createTextNode(text || url);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, text || url);
}

/**
 * @param {string} id
 * @param {string} label what to call somebody who is not in the workspace
 * @param {Reader} reader
 * @returns {HTMLElement}
 */
export function drawUser(id, label, { workspace, person }) {
  const known = workspace.people.find((other) => other.id === id);
  const name = known?.real_name ?? (id === workspace.app.bot_user_id ? workspace.app.name : label);
  const self = id === person.id ? " mention--self" : "";
  return h("span", { class: `mention${self}`, title: known?.title }, `@${name || id}`);
}

/**
 * @param {string} id
 * @param {string} label
 * @param {Reader} reader
 * @returns {HTMLElement} a link to the channel, when this person can see it
 */
export function drawChannel(id, label, { workspace, person }) {
  const known = workspace.channels.find((channel) => channel.id === id);
  const name = `#${known?.name ?? (label || "private channel")}`;
  if (!known) return h("span", { class: "mention" }, name);
  return h("a", { class: "mention", href: `#/${person.name}/${known.name}` }, name);
}

/**
 * Draw a mention of everybody so that nobody overlooks it: it would have rung everywhere.
 *
 * @param {string} range
 * @returns {HTMLElement}
 */
export function drawBroadcast(range) {
  return h("span", { class: "mention mention--self", data: { broadcast: range } }, `@${range}`);
}

/**
 * @param {string} name
 * @returns {Node} the name itself when Slack has no such emoji
 */
export function drawEmoji(name) {
  const glyph = emoji(name);
  if (!glyph) return document.createTextNode(`:${name}:`);
  return h(
    "span",
    { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` },
    glyph,
  );
}

/**
 * Draw a date that `refreshDates` can draw again when the clock has moved.
 *
 * @param {{timestamp: number, format: string, url?: string | null, fallback?: string}} date
 * @param {Reader} reader
 * @returns {Node}
 */
export function drawDate({ timestamp, format, url, fallback = "" }, reader) {
  const time = h("time", { class: "date", data: { seconds: String(timestamp), format, fallback } });
  refreshDate(time, reader);
  const href = url ? safeUrl(url) : null;
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, time) : time;
}

/**
 * @param {ParentNode} root
 * @param {Reader} reader
 */
export function refreshDates(root, reader) {
  for (const time of root.querySelectorAll("time[data-format]")) {
    refreshDate(/** @type {HTMLElement} */ (time), reader);
  }
}

/**
 * @param {HTMLElement} time
 * @param {Reader} reader
 */
function refreshDate(time, { person, now }) {
  const { seconds, format = "", fallback = "" } = time.dataset;
  const reader = { tz: person.tz, now: now(), fallback };
  const text = slackDate(Number(seconds), format, reader);
  if (time.textContent === text) return;
  time.textContent = text;
  time.title = slackDate(Number(seconds), "{date_long} at {time_secs}", reader);
}
