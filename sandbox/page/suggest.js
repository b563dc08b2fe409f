/** What the composer offers while somebody types: commands, their verbs, people, channels. */

/** @typedef {import("./types.js").Workspace} Workspace */

/**
 * @typedef {{insert: string, label: string, detail: string, hint: string}} Suggestion `insert` is
 *   what takes the place of the word before the caret
 * @typedef {{kind: "command" | "verb" | "person" | "channel", start: number,
 *   items: Suggestion[]}} Suggestions
 */

/** @type {Suggestions} */
const NONE = { kind: "command", start: 0, items: [] };

/**
 * Split a usage hint into its alternatives: `[list|show NAME]` gives two. Brackets around a single
 * one are a placeholder's: `[filters] | help` gives `help`.
 *
 * @param {string} hint
 * @returns {{verb: string, rest: string}[]}
 */
export function verbsOf(hint) {
  const inner = /^\s*\[([^[\]]*\|[^[\]]*)\]\s*$/.exec(hint)?.[1] ?? hint;
  return inner
    .split(/[|,·]|\bor\b/)
    .map((alternative) => /^\s*([a-z][a-z-]*)(?:\s+(.*?))?\s*$/.exec(alternative))
    .filter((match) => match !== null)
    .map(([, verb, rest = ""]) => ({ verb, rest }));
}

/**
 * @param {string} text
 * @param {number} caret
 * @param {Workspace} workspace
 * @returns {Suggestions}
 */
export function suggest(text, caret, { app, people, channels }) {
  const before = text.slice(0, caret);
  const start = before.search(/\S*$/);
  const word = before.slice(start).toLowerCase();

  if (text.startsWith("/") && start === 0) {
    const found = app.commands.filter(({ command }) => command.toLowerCase().startsWith(word));
    return {
      kind: "command",
      start,
      items: found.map(({ command, description, usage_hint: hint }) => ({
        insert: `${command} `,
        label: command,
        detail: description,
        hint,
      })),
    };
  }
  const typed = /^(\/\S+)\s+\S*$/.exec(before);
  const command = app.commands.find((known) => known.command === typed?.[1]);
  if (command && !/^[@#]/.test(word)) {
    const verbs = verbsOf(command.usage_hint).filter(({ verb }) => verb.startsWith(word));
    return {
      kind: "verb",
      start,
      items: verbs.map(({ verb, rest }) => ({
        insert: `${verb} `,
        label: verb,
        detail: rest,
        hint: "",
      })),
    };
  }
  if (word.startsWith("@")) {
    const found = people.filter(
      ({ name, real_name: real, deleted }) =>
        !deleted && `${name} ${real}`.toLowerCase().includes(word.slice(1)),
    );
    return {
      kind: "person",
      start,
      items: found.map(({ name, real_name: real, title }) => ({
        insert: `@${name} `,
        label: real,
        detail: title,
        hint: `@${name}`,
      })),
    };
  }
  if (word.startsWith("#")) {
    const found = channels.filter(({ name }) => name.includes(word.slice(1)));
    return {
      kind: "channel",
      start,
      items: found.map(({ name, topic }) => ({
        insert: `#${name} `,
        label: `#${name}`,
        detail: topic,
        hint: "",
      })),
    };
  }
  return NONE;
}
