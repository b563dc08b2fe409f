/** What a person has filled in on one surface, by block and action. */

/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").Element} Element */
/** @typedef {import("./types.js").Value} Value */

/** @type {Record<string, (element: Element) => Value>} what an untouched element holds */
const INITIAL = {
  plain_text_input: (element) => element.initial_value ?? null,
  email_text_input: (element) => element.initial_value ?? null,
  url_text_input: (element) => element.initial_value ?? null,
  number_input: (element) => element.initial_value ?? null,
  static_select: (element) => element.initial_option?.value ?? null,
  radio_buttons: (element) => element.initial_option?.value ?? null,
  users_select: (element) => element.initial_user ?? null,
  channels_select: (element) => element.initial_channel ?? null,
  conversations_select: (element) => element.initial_conversation ?? null,
  checkboxes: (element) => optionValues(element.initial_options),
  multi_static_select: (element) => optionValues(element.initial_options),
  multi_users_select: (element) => element.initial_users ?? [],
  multi_channels_select: (element) => element.initial_channels ?? [],
  multi_conversations_select: (element) => element.initial_conversations ?? [],
  datepicker: (element) => element.initial_date ?? null,
  timepicker: (element) => element.initial_time ?? null,
  datetimepicker: (element) => element.initial_date_time ?? null,
};

/**
 * @param {{value: string}[] | undefined} options
 * @returns {string[]}
 */
const optionValues = (options) => (options ?? []).map(({ value }) => value);

/**
 * @param {string} type of an element
 * @returns {boolean} whether it holds a value
 */
export const holdsValue = (type) => type in INITIAL;

/**
 * Return the elements of a block that hold values.
 *
 * @param {Block} block
 * @returns {Element[]}
 */
export function fieldsOf(block) {
  const all = [block.element, block.accessory, ...(block.elements ?? [])];
  return all.filter((element) => element && holdsValue(element.type));
}

/** Values outlive a redraw: an update of a view keeps what was typed where its ids stay the same. */
export class Form {
  /** @param {import("./types.js").State} [state] what is filled in already, as Slack tells it */
  constructor(state) {
    /** @type {Map<string, Value>} */
    this.touched = new Map();
    for (const [block, fields] of Object.entries(state?.values ?? {})) {
      for (const [action, value] of Object.entries(fields)) {
        this.touched.set(`${block} ${action}`, valueIn(value));
      }
    }
  }

  /**
   * @param {Block} block
   * @param {Element} element
   * @returns {Value}
   */
  get(block, element) {
    const key = keyOf(block, element);
    return this.touched.has(key)
      ? (this.touched.get(key) ?? null)
      : (INITIAL[element.type]?.(element) ?? null);
  }

  /**
   * @param {Block} block
   * @param {Element} element
   * @param {Value} value
   */
  set(block, element, value) {
    this.touched.set(keyOf(block, element), value === "" ? null : value);
  }

  /**
   * Forget what was filled into fields that these blocks no longer have, or no longer offer.
   *
   * @param {Block[]} blocks
   */
  keepOnly(blocks) {
    const known = new Map();
    for (const block of blocks) {
      for (const element of fieldsOf(block)) known.set(keyOf(block, element), element);
    }
    for (const [key, value] of this.touched) {
      const element = known.get(key);
      if (!element || !offers(element, value)) this.touched.delete(key);
    }
  }

  /**
   * Return all values as `POST submit` wants them: by action id, or by block id where two fields
   * of a view share an action id.
   *
   * @param {Block[]} blocks
   * @returns {Record<string, Value>}
   */
  values(blocks) {
    const fields = blocks.flatMap((block) =>
      fieldsOf(block).map((element) => ({ block, element })),
    );
    /** @type {Record<string, Value>} */
    const values = {};
    for (const { block, element } of fields) {
      const name = element.action_id ?? "";
      const shared = fields.filter((field) => field.element.action_id === name).length > 1;
      values[shared ? (block.block_id ?? "") : name] = this.get(block, element);
    }
    return values;
  }
}

/**
 * @param {Block} block
 * @param {Element} element
 * @returns {string} under which the element is known on its surface
 */
export const keyOf = (block, element) => `${block.block_id} ${element.action_id}`;

/**
 * @param {Record<string, any>} told one entry of a view's state
 * @returns {Value}
 */
function valueIn({ type: _, ...told }) {
  const [held = null] = Object.values(told);
  if (Array.isArray(held)) return held.map((one) => one.value ?? one);
  return held?.value ?? held;
}

/**
 * @param {Element} element
 * @param {Value} value
 * @returns {boolean} false when it is an option that the element does not have
 */
function offers(element, value) {
  const groups = element.option_groups ?? [];
  const options = [
    ...(element.options ?? []),
    ...groups.flatMap((/** @type {any} */ g) => g.options),
  ];
  if (options.length === 0 || value === null) return true;
  const values = new Set(optionValues(options));
  return (Array.isArray(value) ? value : [value]).every((one) => values.has(String(one)));
}

const REQUIRED = "Please complete this required field.";

/** @type {Record<string, (element: Element, text: string) => string | null>} */
const COMPLAINTS = {
  plain_text_input: ({ min_length: least = 0, max_length: most = 3000 }, text) => {
    if (text.length < least) return `Please enter at least ${least} characters.`;
    return text.length > most ? `Please enter no more than ${most} characters.` : null;
  },
  number_input: (element, text) => {
    const pattern = element.is_decimal_allowed ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
    if (!pattern.test(text)) {
      return element.is_decimal_allowed ? "Please enter a number." : "Please enter a whole number.";
    }
    const { min_value: least, max_value: most } = element;
    if (least !== undefined && Number(text) < Number(least))
      return `Please enter ${least} or more.`;
    if (most !== undefined && Number(text) > Number(most)) return `Please enter ${most} or less.`;
    return null;
  },
  email_text_input: (_, text) =>
    /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text) ? null : "Please enter an email address.",
  url_text_input: (_, text) =>
    /^https?:\/\/\S+$/i.test(text) ? null : "Please enter a URL that begins with https://.",
};

/**
 * Return what Slack's client writes under inputs that it does not send.
 *
 * @param {Block[]} blocks
 * @param {Form} form
 * @returns {Record<string, string>} by block id
 */
export function complaints(blocks, form) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const block of blocks) {
    if (block.type !== "input" || !holdsValue(block.element?.type)) continue;
    const value = form.get(block, block.element);
    const empty = value === null || (Array.isArray(value) && value.length === 0);
    const check = COMPLAINTS[block.element.type];
    const complaint = empty
      ? block.optional
        ? null
        : REQUIRED
      : typeof value === "string" && check
        ? check(block.element, value)
        : null;
    if (complaint) found[block.block_id ?? ""] = complaint;
  }
  return found;
}
