/**
 * Elements and their focus. Nothing here parses HTML: foreign text can only become a text node.
 */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Create an element. `on` maps events to listeners and `data` fills the dataset; everything else
 * is an attribute, present when true and absent when false, null or undefined.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(node.dataset, value);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  append(node, children);
  return node;
}

/**
 * Append what is there of `children`, however nested.
 *
 * @param {ParentNode & Node} parent
 * @param {(Child | Child[])[]} children
 */
export function append(parent, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
}

/**
 * Put `children` in the place of whatever a node holds.
 *
 * @param {ParentNode & Node} parent
 * @param {...(Child | Child[])} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/**
 * Return an element of index.html.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`index.html has no #${id}`);
  return node;
}

/**
 * Return a function that draws once, with the next frame, however often it is called before.
 *
 * @param {() => void} draw
 * @returns {() => void}
 */
export function soon(draw) {
  let asked = false;
  const run = () => {
    asked = false;
    draw();
  };
  return () => {
    if (asked) return;
    asked = true;
    // A hidden page has no frames.
    if (document.hidden) setTimeout(run);
    else requestAnimationFrame(run);
  };
}

/**
 * Return a url that a link may carry, or null: scripts and data never.
 *
 * @param {unknown} url
 * @returns {string | null}
 */
export function safeUrl(url) {
  try {
    const parsed = new URL(String(url));
    return ["http:", "https:", "mailto:", "tel:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/**
 * Run `redraw`, which replaces `root` or what it holds, and give the focus and the caret back to
 * the control of the same name, or else to what took the place of `root`.
 *
 * @param {HTMLElement} root
 * @param {() => void} redraw
 * @param {() => HTMLElement | null} [heirOf] what took the place of `root`
 */
export function keepFocus(root, redraw, heirOf = () => root) {
  const held = document.activeElement;
  if (!(held instanceof HTMLElement) || !root.contains(held)) return redraw();
  const name = held.closest("[data-control]")?.getAttribute("data-control") ?? null;
  const isText = held.matches("textarea, input[type='text']");
  const caret = isText ? /** @type {HTMLInputElement} */ (held) : null;
  const [start, end] = [caret?.selectionStart ?? 0, caret?.selectionEnd ?? 0];
  redraw();
  const heir = heirOf();
  if (!heir || held.isConnected) return;
  const control = heir.querySelector(`[data-control="${CSS.escape(name ?? "")}"]`);
  const target = control?.matches(FOCUSABLE) ? control : control?.querySelector(FOCUSABLE);
  /** @type {HTMLElement} */ (target ?? heir).focus({ preventScroll: true });
  if (caret && target?.matches("textarea, input[type='text']")) {
    /** @type {HTMLInputElement} */ (target).setSelectionRange(start, end);
  }
}

export const FOCUSABLE =
  "button:not(:disabled), input:not(:disabled), textarea:not(:disabled), a[href], [tabindex='0']";

/**
 * Let the arrow keys move between the items of a container, of which one at a time is a tab stop.
 *
 * @param {HTMLElement} container
 * @param {string} selector
 */
export function rove(container, selector) {
  const items = () => /** @type {HTMLElement[]} */ ([...container.querySelectorAll(selector)]);
  container.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: at + 1,
      ArrowRight: at + 1,
      ArrowUp: at - 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: all.length - 1,
    };
    if (at < 0 || !(event.key in moves) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = all[Math.min(Math.max(moves[event.key], 0), all.length - 1)];
    for (const item of all) item.tabIndex = item === next ? 0 : -1;
    next.focus();
  });
}
