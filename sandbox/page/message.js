/** One message, as its reader sees it. */

import { authorOf } from "./avatar.js";
import { drawBlocks } from "./blocks/index.js";
import { iconButton } from "./buttons.js";
import { copy } from "./clipboard.js";
import { h, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { drawDate, drawMrkdwn } from "./inline.js";
import { plainText } from "./mrkdwn.js";
import { showJson } from "./json.js";

/** @typedef {import("./types.js").Attachment} Attachment */
/** @typedef {import("./types.js").File} File */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Surface} Surface */

/**
 * @param {Message} message
 * @param {Surface} surface
 * @param {{compact: boolean, onDismiss: () => void}} options `compact` leaves the author out, who
 *   is the one of the message above
 * @returns {HTMLElement}
 */
export function drawMessage(message, surface, { compact, onDismiss }) {
  const author = authorOf(surface.workspace, message);
  const time = drawDate({ timestamp: Number(message.ts), format: "{time}" }, surface);
  const ephemeral = message.ephemeral ? " message--ephemeral" : "";
  const isReply = Boolean(message.thread_ts) && message.thread_ts !== message.ts;
  return h(
    "article",
    {
      class: `message${compact ? " message--compact" : ""}${ephemeral}`,
      tabindex: "-1",
      "aria-label": `${author.name}: ${summary(message)}`,
      data: { ts: message.ts },
    },
    message.ephemeral && h("div", { class: "message__note" }, icon("eye"), "Only visible to you"),
    isReply && h("div", { class: "message__note" }, "Replied in a thread"),
    h("div", { class: "message__gutter" }, compact ? time : author.picture("medium")),
    h(
      "div",
      { class: "message__body" },
      !compact &&
        h(
          "div",
          { class: "message__head" },
          h("span", { class: "message__author" }, author.name),
          author.isApp && h("span", { class: "badge" }, "APP"),
          h("span", { class: "message__time" }, time),
        ),
      drawContent(message, surface),
      (message.attachments ?? []).map((attachment, index) =>
        drawAttachment(attachment, index, surface),
      ),
      (message.files ?? []).map((file) => drawFile(file)),
    ),
    drawToolbar(message, onDismiss),
  );
}

/**
 * Return what is read aloud and previewed for a message.
 *
 * @param {Message} message
 * @returns {string}
 */
export function summary(message) {
  const text = plainText(message.text ?? "")
    .replace(/\s+/g, " ")
    .trim();
  return text || (message.files?.length ? "a file" : "a message");
}

/**
 * @param {Message} message
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
function drawContent(message, surface) {
  const edited = message.edited ? h("span", { class: "message__edited" }, "(edited)") : null;
  if (message.blocks?.length) {
    return h("div", { class: "message__content" }, drawBlocks(message.blocks, surface), edited);
  }
  const parts = drawMrkdwn(message.text ?? "", surface);
  const last = parts.at(-1);
  if (edited && last instanceof HTMLParagraphElement) last.append(" ", edited);
  else if (edited) parts.push(edited);
  return h("div", { class: "message__content" }, parts);
}

/**
 * @param {Attachment} attachment
 * @param {number} index
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
function drawAttachment({ color, pretext, title, text, fallback, blocks }, index, surface) {
  const words = text ?? (blocks?.length ? "" : (fallback ?? ""));
  const bar = h("span", { class: "attachment__bar" });
  const shade = /^#?([0-9a-f]{6})$/i.exec(color ?? "")?.[1];
  if (shade) bar.style.backgroundColor = `#${shade}`;
  return h(
    "div",
    { class: "attachment" },
    pretext && h("div", { class: "attachment__pretext" }, drawMrkdwn(pretext, surface)),
    h(
      "div",
      { class: "attachment__main" },
      bar,
      h(
        "div",
        { class: "attachment__content" },
        title && h("b", {}, title),
        drawMrkdwn(words, surface),
        blocks?.length ? drawBlocks(blocks, { ...surface, key: `${surface.key}-a${index}` }) : null,
      ),
    ),
  );
}

/**
 * @param {File} file
 * @returns {HTMLElement}
 */
function drawFile(file) {
  const name = file.title || file.name;
  const link = safeUrl(file.url_private_download ?? file.url_private);
  const kind = file.pretty_type ?? file.filetype?.toUpperCase() ?? "File";
  const details = [kind, file.size === undefined ? "" : readableSize(file.size)].filter(Boolean);
  const content = [
    h("span", { class: "file__icon" }, icon("file")),
    h(
      "span",
      { class: "file__text" },
      h("span", { class: "file__name" }, name),
      h("span", { class: "file__details" }, details.join(" · ")),
    ),
  ];
  if (!link) return h("div", { class: "file" }, content);
  const label = `Download ${name}`;
  return h(
    "a",
    { class: "file", href: link, download: file.name, "aria-label": label },
    content,
    icon("download"),
  );
}

/**
 * @param {number} bytes
 * @returns {string}
 */
function readableSize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {Message} message
 * @param {() => void} onDismiss
 * @returns {HTMLElement}
 */
function drawToolbar(message, onDismiss) {
  const text = plainText(message.text ?? "");
  return h(
    "div",
    { class: "message__tools", role: "toolbar", "aria-label": "Message actions" },
    iconButton("copy", "Copy text", () => void copy(text)),
    iconButton("code", "Show JSON", () => showJson("Message", message)),
    message.ephemeral && iconButton("close", "Dismiss message", onDismiss),
  );
}
