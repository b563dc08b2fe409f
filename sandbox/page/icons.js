/** The page's icons: strokes on a 24 by 24 grid, in the colour of the text around them. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const PATHS = {
  archive: "M4 4h16v4H4z M6 8v12h12V8 M10 12h4",
  at: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z M16 8v5.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-4 7.5",
  back: "M19 12H5 M11 6l-6 6 6 6",
  bold: "M7 5h6a3.5 3.5 0 0 1 0 7H7z M7 12h7a3.5 3.5 0 0 1 0 7H7z",
  calendar: "M5 6h14v14H5z M5 10h14 M9 3v4 M15 3v4",
  check: "M5 13l4.5 4.5L19 7",
  chevron: "M7 10l5 5 5-5",
  "chevron-left": "M14 6l-6 6 6 6",
  "chevron-right": "M10 6l6 6-6 6",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7.5V12l3 2",
  close: "M6 6l12 12 M18 6L6 18",
  code: "M9 7l-5 5 5 5 M15 7l5 5-5 5",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  download: "M12 4v11 M7.5 11L12 15.5 16.5 11 M5 20h14",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  file: "M6 3h8l4 4v14H6z M14 3v4h4 M9 12h6 M9 16h6",
  hash: "M5 9h15 M4 15h15 M10 4L8 20 M16 4l-2 16",
  inspect: "M4 5h16v14H4z M4 9h16 M8 13l2 2-2 2 M13 17h3",
  italic: "M14 5h-4 M14 19h-4 M13.5 5l-3 14 M18 5h-4 M10 19H6",
  key: "M14.5 14.5a5 5 0 1 0-5-5c0 .6.1 1.2.3 1.7L3 18v3h4v-2.5h2.5V16l1.8-1.8c.9.2 2.2.3 3.2.3z M16 8h.01",
  lock: "M6 11h12v9H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  menu: "M4 7h16 M4 12h16 M4 17h16",
  moon: "M19.5 14.5A8 8 0 1 1 9.5 4.5a6.5 6.5 0 0 0 10 10z",
  more: "M6 12h.01 M12 12h.01 M18 12h.01",
  people:
    "M15 19v-1.5a3.5 3.5 0 0 0-3.5-3.5h-4A3.5 3.5 0 0 0 4 17.5V19 M9.5 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z M20 19v-1.5a3.5 3.5 0 0 0-2.6-3.4 M15 5.2a3 3 0 0 1 0 5.6",
  plus: "M12 5v14 M5 12h14",
  refresh: "M19 12a7 7 0 1 1-2-5l2 2 M19 4v5h-5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M16 16l4.5 4.5",
  send: "M4 5l16.5 7L4 19l2.5-7z M6.5 12H13",
  shared: "M8 15a3.5 3.5 0 1 1 0-6h2 M16 9a3.5 3.5 0 1 1 0 6h-2 M9 12h6",
  slash: "M15 5L9 19",
  strike:
    "M5 12h14 M16.5 7.5C16 6 14.3 5 12 5 9.5 5 7.5 6.2 7.5 8.2c0 1 .5 1.8 1.4 2.3 M7.5 16c.5 1.8 2.3 3 4.5 3 2.7 0 4.7-1.3 4.7-3.4 0-.5-.1-1-.4-1.4",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M12 2.5v2 M12 19.5v2 M2.5 12h2 M19.5 12h2 M5.3 5.3l1.4 1.4 M17.3 17.3l1.4 1.4 M18.7 5.3l-1.4 1.4 M6.7 17.3l-1.4 1.4",
  trash: "M5 7h14 M9 7V4h6v3 M7 7l1 13h8l1-13",
  warning: "M12 4l9 16H3z M12 10v4 M12 17h.01",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 11v5 M12 8h.01",
};

/**
 * Draw an icon; the control around it carries the words.
 *
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon--${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.info);
  svg.append(path);
  return svg;
}
