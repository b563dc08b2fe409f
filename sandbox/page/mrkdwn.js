/**
 * Slack's mrkdwn as a tree. Linear in the length of its text, and never HTML.
 *
 * https://docs.slack.dev/messaging/formatting-message-text
 *
 * @typedef {{type: "text", text: string} | {type: "code", text: string} | {type: "break"}
 *   | {type: "bold" | "italic" | "strike", children: Inline[]}
 *   | {type: "link", url: string, text: string}
 *   | {type: "user" | "channel" | "usergroup", id: string, text: string}
 *   | {type: "broadcast", range: string}
 *   | {type: "emoji", name: string}
 *   | {type: "date", timestamp: number, format: string, url: string | null, fallback: string}
 * } Inline
 * @typedef {{type: "paragraph" | "quote", children: Inline[]} | {type: "pre", text: string}} Part
 */

/** @typedef {{mark: keyof typeof STYLES, opens: boolean, closes: boolean}} Mark */

const STYLES = /** @type {const} */ ({ "*": "bold", _: "italic", "~": "strike" });
/** @type {Record<string, string>} */
const ENTITIES = { amp: "&", lt: "<", gt: ">" };
const WORD = /[\p{L}\p{N}]/u;

/** @type {[RegExp, (found: RegExpExecArray) => Inline]} */
const BARE_LINK = [
  /https?:\/\/[^\s<>|`]*[^\s<>|`.,;:!?)'"*_~]/y,
  ([url]) => ({ type: "link", url: unescape(url), text: unescape(url) }),
];

/** @type {[RegExp, (found: RegExpExecArray) => Inline][]} none looks further than it reads */
const READERS = [
  [/[^<`:*_~h]+|h(?!ttps?:\/\/)/y, ([text]) => ({ type: "text", text: unescape(text) })],
  [/<([^<>]+)>/y, ([, inner]) => token(inner)],
  [/`([^`]+)`/y, ([, code]) => ({ type: "code", text: plainText(code) })],
  [/:([a-z0-9_+'-]{1,64}):(?::skin-tone-[2-6]:)?/y, ([, name]) => ({ type: "emoji", name })],
];

/**
 * @param {string} text
 * @param {{verbatim?: boolean}} [options] `verbatim` leaves bare addresses alone
 * @returns {Part[]}
 */
export function parseMrkdwn(text, { verbatim = false } = {}) {
  /** @type {Part[]} */
  const parts = [];
  const fences = text.split("```");
  // An unpaired fence is text.
  if (fences.length % 2 === 0) fences.splice(-2, 2, fences.slice(-2).join("```"));
  fences.forEach((piece, index) => {
    if (index % 2 === 1) {
      parts.push({ type: "pre", text: plainText(piece).replace(/^\n|\n$/g, "") });
    } else {
      const around = index > 0 ? piece.replace(/^\n/, "") : piece;
      if (around.trim() !== "") parts.push(...parseLines(around, verbatim));
    }
  });
  return parts;
}

/**
 * @param {string} text
 * @param {boolean} verbatim
 * @returns {Part[]}
 */
function parseLines(text, verbatim) {
  /** @type {Part[]} */
  const parts = [];
  let quoteRest = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const long = /^(?:>>>|&gt;&gt;&gt;)\s?/.exec(line);
    const quote = quoteRest ? [""] : (long ?? /^(?:>|&gt;)\s?/.exec(line));
    quoteRest ||= long !== null;
    const type = quote ? "quote" : "paragraph";
    const children = parseInline(quote ? line.slice(quote[0].length) : line, verbatim);
    const last = parts.at(-1);
    if (last && last.type === type) {
      last.children.push({ type: "break" }, ...children);
    } else {
      parts.push({ type, children });
    }
  }
  return parts;
}

/**
 * @param {string} line
 * @param {boolean} verbatim
 * @returns {Inline[]}
 */
function parseInline(line, verbatim) {
  return style(lex(line, verbatim));
}

/**
 * Cut a line into what stands for itself and the marks that may style it.
 *
 * @param {string} line
 * @param {boolean} verbatim
 * @returns {(Inline | Mark)[]}
 */
function lex(line, verbatim) {
  const readers = verbatim ? READERS : [...READERS, BARE_LINK];
  /** @type {(Inline | Mark)[]} */
  const items = [];
  let at = 0;
  while (at < line.length) {
    const char = line[at];
    let end = at + 1;
    /** @type {Inline | Mark} */
    let item = char in STYLES ? markAt(line, at) : { type: "text", text: char };
    for (const [pattern, read] of readers) {
      pattern.lastIndex = at;
      const found = pattern.exec(line);
      if (!found) continue;
      item = read(found);
      end = pattern.lastIndex;
      break;
    }
    items.push(item);
    at = end;
  }
  return items;
}

/**
 * @param {string} line
 * @param {number} at
 * @returns {Mark}
 */
function markAt(line, at) {
  const before = line[at - 1] ?? "";
  const after = line[at + 1] ?? "";
  return {
    mark: /** @type {keyof typeof STYLES} */ (line[at]),
    opens: !WORD.test(before) && /\S/.test(after),
    closes: !WORD.test(after) && /\S/.test(before),
  };
}

/**
 * Pair the marks; one without a partner is text.
 *
 * @param {(Inline | Mark)[]} items
 * @returns {Inline[]}
 */
function style(items) {
  /** @type {Inline[]} */
  const out = [];
  /** @type {{mark: string, at: number}[]} each mark at most once, so no deeper than three */
  const open = [];
  for (const item of items) {
    if ("type" in item) {
      out.push(item);
      continue;
    }
    const partner = open.findIndex(({ mark, at }) => mark === item.mark && at < out.length - 1);
    if (item.closes && partner >= 0) {
      const children = join(out.splice(open[partner].at).slice(1));
      open.length = partner;
      out.push({ type: STYLES[item.mark], children });
    } else {
      if (item.opens && !open.some(({ mark }) => mark === item.mark)) {
        open.push({ mark: item.mark, at: out.length });
      }
      out.push({ type: "text", text: item.mark });
    }
  }
  return join(out);
}

/**
 * @param {Inline[]} nodes
 * @returns {Inline[]} with neighbouring texts made one
 */
function join(nodes) {
  /** @type {Inline[]} */
  const out = [];
  for (const node of nodes) {
    const last = out.at(-1);
    if (last?.type === "text" && node.type === "text") last.text += node.text;
    else out.push({ ...node });
  }
  return out;
}

/**
 * Read what stands between `<` and `>`.
 *
 * @param {string} inner
 * @returns {Inline}
 */
function token(inner) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : unescape(inner.slice(bar + 1));
  if (/^@[UW]\w+$/.test(target)) return { type: "user", id: target.slice(1), text: label };
  if (/^#[CGD]\w+$/.test(target)) return { type: "channel", id: target.slice(1), text: label };
  const special = /^!(here|channel|everyone)$/.exec(target);
  if (special) return { type: "broadcast", range: special[1] };
  const group = /^!subteam\^(\w+)$/.exec(target);
  if (group) return { type: "usergroup", id: group[1], text: label };
  const date = /^!date\^(-?\d+)\^([^^]+)(?:\^(.+))?$/.exec(target);
  if (date) {
    const [, seconds, format, url] = date;
    return {
      type: "date",
      timestamp: Number(seconds),
      format: unescape(format),
      url: url ? unescape(url) : null,
      fallback: label,
    };
  }
  if (/^(?:https?:\/\/|mailto:|tel:)/i.test(target)) {
    return { type: "link", url: unescape(target), text: label || unescape(target) };
  }
  const isCommand = target.startsWith("!") && label !== "";
  return { type: "text", text: isCommand ? label : `<${unescape(inner)}>` };
}

/**
 * Return a text without its formatting, as code shows it and a screen reader says it.
 *
 * @param {string} text
 * @returns {string}
 */
export function plainText(text) {
  return text
    .split(/<([^<>]+)>/)
    .map((piece, index) => (index % 2 === 1 ? visible(token(piece)) : unescape(piece)))
    .join("");
}

/**
 * @param {Inline} node what a token stands for
 * @returns {string}
 */
function visible(node) {
  switch (node.type) {
    case "user":
    case "usergroup":
      return node.text || `@${node.id}`;
    case "channel":
      return `#${node.text || node.id}`;
    case "broadcast":
      return `@${node.range}`;
    case "date":
      return node.fallback || node.format;
    default:
      return "text" in node ? node.text : "";
  }
}

/**
 * @param {string} text
 * @returns {string} with the three entities that Slack knows replaced by their characters
 */
export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ENTITIES[name]);
}
