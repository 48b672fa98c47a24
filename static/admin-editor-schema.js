// What the editor can hold: the elements and attributes that osce_cms/html.py keeps, and no others
// (tests/test_rich_text.py compares the two). What it reads and writes again is the same text, or holds() says no.
"use strict";

export const ANY = ["lang", "title"]; // attributes of every element
export const INLINE = { // the outermost first
  "a": ["href", "hreflang"], "q": [], "abbr": [], "cite": [],
  "strong": [], "b": [], "em": [], "i": [], "u": [], "sub": [], "sup": [],
};
export const BLOCKS = {
  "p": [], "h2": [], "h3": [], "h4": [], "blockquote": [], "hr": [], "br": [],
  "ul": [], "ol": ["start"], "li": [],
  "table": [], "caption": [], "thead": [], "tbody": [], "tfoot": [], "tr": [],
  "td": ["colspan", "rowspan"], "th": ["colspan", "rowspan", "scope"],
};
export const SCHEMES = ["http", "https", "mailto", "tel"];

const SPACE = /[ \t\r\n\f]+/g;
const COUNTED = new Set(["q", "sub", "sup"]); // one in another of its kind looks different
const BARE = "li, td, th, blockquote"; // may hold text without a paragraph around it

export const isAllowedAddress = (address) => {
  // Browsers drop these characters, and read \ as /.
  const read = address.replace(/[\u0000-\u0020]/g, "").replaceAll("\\", "/");
  const scheme = /^([^/?#]*?):/.exec(read)?.[1];
  return scheme === undefined ? !read.startsWith("//") : SCHEMES.includes(scheme.toLowerCase());
};

// A document in which nothing is loaded or run.
export const parseHTML = (markup) => {
  const { body } = document.implementation.createHTMLDocument("");
  body.innerHTML = markup;
  return body;
};

// Without a tag it is plain text, of which the model makes paragraphs in the same way.
const asMarkup = (value) => {
  if (value.includes("<") || !value.trim()) return value;
  const paragraphs = value.trim().split(/\n{2,}/);
  return paragraphs.map((text) => `<p>${text.trim().replaceAll("\n", "<br>")}</p>`).join("");
};

const sorted = (element) =>
  [...element.attributes]
    .filter(({ name }) => name !== "rel") // the sanitiser writes it on each link
    .map(({ name, value }) => ` ${name}=${JSON.stringify(value)}`)
    .sort()
    .join("");

// What a reader gets of root, as a list to compare: blocks, and runs of text with the elements they stand in. Not in
// it: the order of elements around the same text, spaces that are not shown, and a missing paragraph around text that
// stands by itself.
export const outline = (root) => {
  const found = [];
  let run = [];

  const add = (text, key) => {
    const last = run.at(-1);
    if (last?.key === key) last.text += text;
    else run.push({ text, key });
  };
  const addText = (text, inline) => {
    const spaced = text.replace(SPACE, " ");
    const before = run.at(-1)?.text ?? "\n";
    const shown = /[ \n]$/.test(before) ? spaced.replace(/^ /, "") : spaced;
    if (shown) add(shown, [...inline].sort().join(""));
  };
  const endLine = () => {
    const last = run.at(-1);
    if (last?.text.endsWith(" ")) last.text = last.text.slice(0, -1);
    if (last?.text === "") run.pop();
  };
  const flush = (block) => {
    endLine();
    if (!run.length) return;
    const runs = run.map(({ text, key }) => `${key}:${text}`);
    found.push(...(block === root ? ["<p>", ...runs, "</p>"] : runs));
    run = [];
  };
  const walkInline = (element, block, inline) => {
    const key = `<${element.localName}${sorted(element)}>`;
    const within = COUNTED.has(element.localName) || !inline.includes(key) ? [...inline, key] : inline;
    if (element.localName === "q") add("\u{E000}", "q"); // its marks are drawn
    walk(element, block, within);
    if (element.localName === "q") add("\u{E001}", "q");
  };
  const walkBlock = (element, block, inline) => {
    flush(block);
    found.push(`<${element.localName}${sorted(element)}>`);
    walk(element, element, inline);
    flush(element);
    found.push(`</${element.localName}>`);
  };
  const walk = (parent, block, inline) => {
    for (const node of parent.childNodes) {
      if (node.nodeType === 3) addText(node.data, inline);
      else if (node.localName === "br") {
        endLine();
        add("\n", `br${sorted(node)}`);
      } else if (node.localName in INLINE) walkInline(node, block, inline);
      else if (node.nodeType === 1) walkBlock(node, block, inline);
    }
  };

  walk(root, root, []);
  flush(root);
  return found;
};

// Each block as it is written now, with the space after it; null where text stands between blocks.
const sourcesOf = (root) => {
  const found = [];
  for (const node of root.childNodes) {
    const isLoose = node.nodeType === 1 ? node.localName in INLINE || node.localName === "br" : /[^ \t\r\n\f]/.test(node.data);
    if (isLoose) return null;
    if (node.nodeType === 1) found.push(node.outerHTML);
    else if (found.length) found[found.length - 1] += node.data;
  }
  return found;
};

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export const makeSchema = ({ Node, Mark, Extension, getSchema, pm }) => {
  const kept = (name, standard = null) => ({
    default: standard,
    parseHTML: (element) => element.getAttribute(name),
    renderHTML: (values) => (values[name] === null ? {} : { [name]: values[name] }),
  });
  const keptAll = (names) => Object.fromEntries([...names, ...ANY].map((name) => [name, kept(name)]));
  const number = (name) => ({
    default: 1,
    parseHTML: (element) => Number(element.getAttribute(name) ?? 1) || 1,
    renderHTML: (values) => (values[name] === 1 ? {} : { [name]: values[name] }),
  });
  const element = (tag, config) =>
    Node.create({
      group: "block",
      defining: true,
      parseHTML: () => [{ tag }],
      renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes, 0],
      addAttributes: () => keptAll(BLOCKS[tag]),
      ...config,
    });

  const paragraph = element("p", {
    name: "paragraph",
    priority: 1000, // what a block is when nothing else is said
    content: "inline*",
    defining: false,
    addAttributes: () => ({
      ...keptAll(BLOCKS.p),
      // Whether there was a tag for it: text in an item of a list or in a cell has none.
      hasTag: {
        default: false,
        parseHTML: (found) => !found.hasAttribute("data-bare"),
        renderHTML: ({ hasTag }) => (hasTag ? {} : { "data-bare": "" }),
      },
    }),
  });
  const heading = element("h2", {
    name: "heading",
    content: "inline*",
    parseHTML: () => [2, 3, 4].map((level) => ({ tag: `h${level}`, attrs: { level } })),
    renderHTML: ({ node, HTMLAttributes }) => [`h${node.attrs.level}`, HTMLAttributes, 0],
    addAttributes: () => ({ ...keptAll([]), level: { default: 2, rendered: false } }),
  });
  const list = (tag, name) => element(tag, { name, group: "block list", content: "listItem+", defining: false });
  const listItem = element("li", {
    name: "listItem",
    group: "",
    content: "block+",
    addKeyboardShortcuts() {
      return { Enter: () => this.editor.commands.splitListItem(this.name) };
    },
  });
  const lineBreak = element("br", {
    name: "hardBreak",
    group: "inline",
    inline: true,
    selectable: false,
    renderHTML: ({ HTMLAttributes }) => ["br", HTMLAttributes],
    addKeyboardShortcuts() {
      return { "Shift-Enter": () => this.editor.commands.insertContent({ type: this.name }) };
    },
  });

  // Tables: the commands know rows and cells only, so a row says in which part it stood, and the table what its caption was.
  const table = element("table", {
    name: "table",
    tableRole: "table",
    content: "tableRow+",
    isolating: true,
    addAttributes: () => ({
      ...keptAll([]),
      caption: {
        default: null,
        parseHTML: (found) => found.querySelector(":scope > caption")?.innerHTML ?? null,
        rendered: false,
      },
    }),
    parseHTML: () => [{ tag: "table" }, { tag: "caption", ignore: true }],
    renderHTML: ({ node, HTMLAttributes }) => {
      if (node.attrs.caption === null) return ["table", HTMLAttributes, ["tbody", 0]];
      const caption = document.createElement("caption");
      caption.contentEditable = "false";
      caption.append(...parseHTML(node.attrs.caption).childNodes);
      return ["table", HTMLAttributes, caption, ["tbody", 0]];
    },
  });
  const tableRow = element("tr", {
    name: "tableRow",
    tableRole: "row",
    group: "",
    content: "(tableCell | tableHeader)*",
    addAttributes: () => ({
      ...keptAll([]),
      part: {
        default: null,
        parseHTML: (row) => row.dataset.part ?? partOf(row),
        renderHTML: ({ part }) => (part === null ? {} : { "data-part": part }),
      },
    }),
  });
  const partOf = (row) => {
    const part = row.parentElement;
    if (!part?.matches("thead, tbody, tfoot")) return null;
    return `${part.localName} ${[...part.parentElement.children].indexOf(part)}`;
  };
  const cell = (tag, name, role) =>
    element(tag, {
      name,
      tableRole: role,
      group: "",
      content: "block+",
      isolating: true,
      addAttributes: () => ({
        ...keptAll(BLOCKS[tag]),
        colspan: number("colspan"),
        rowspan: number("rowspan"),
        colwidth: { default: null, rendered: false },
      }),
    });
  const tables = Extension.create({
    name: "tables",
    extendNodeSchema: ({ config }) => ({ tableRole: config.tableRole }),
    addProseMirrorPlugins: () => [pm.tables.tableEditing()],
  });

  const marks = Object.entries(INLINE).map(([tag, names], place) =>
    Mark.create({
      name: tag,
      priority: 900 - place,
      inclusive: tag !== "a",
      addAttributes: () => keptAll(names),
      parseHTML: () => [{
        tag,
        getAttrs: (found) => (tag !== "a" || isAllowedAddress(found.getAttribute("href") ?? "") ? null : false),
      }],
      renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes, 0],
    }));

  const extensions = [
    Node.create({ name: "doc", topNode: true, content: "block+" }),
    Node.create({ name: "text", group: "inline" }),
    paragraph, heading, listItem, lineBreak, ...marks,
    list("ul", "bulletList"), list("ol", "orderedList"),
    element("blockquote", { name: "blockquote", content: "block+" }),
    element("hr", { name: "horizontalRule", renderHTML: ({ HTMLAttributes }) => ["hr", HTMLAttributes] }),
    table, tableRow, cell("td", "tableCell", "cell"), cell("th", "tableHeader", "header_cell"), tables,
  ];
  const schema = getSchema(extensions);
  const parser = pm.model.DOMParser.fromSchema(schema);
  const serializer = pm.model.DOMSerializer.fromSchema(schema);

  const read = (value) => parser.parse(parseHTML(asMarkup(value)));

  // Blocks nobody touched are written as they were, to the space: a version differs in what was changed only.
  const sources = new WeakMap();
  const remember = (doc, value) => {
    const found = sourcesOf(parseHTML(asMarkup(value)));
    if (found?.length === doc.childCount) doc.forEach((block, _, place) => sources.set(block, found[place]));
  };

  const writeBlock = (block) => {
    const root = parseHTML("");
    root.append(serializer.serializeNode(block, { document: root.ownerDocument }));
    root.querySelectorAll("table").forEach(parted);
    // A list of them first: what is unwrapped has no neighbours any more.
    const bare = [...root.querySelectorAll("p[data-bare]")];
    bare.filter(standsAlone).forEach((each) => each.replaceWith(...each.childNodes));
    bare.forEach((each) => each.removeAttribute("data-bare"));
    return root.innerHTML;
  };
  const isEmpty = (doc) => doc.childCount === 1 && doc.firstChild.isTextblock && !doc.firstChild.content.size;
  const write = (doc) =>
    isEmpty(doc) ? "" : doc.children.map((block) => sources.get(block) ?? writeBlock(block)).join("");

  // What a field holds as a document, or null when reading and writing it would change what it says.
  const hold = (value) => {
    const doc = read(value);
    const isSound = !pm.tables.fixTables(pm.state.EditorState.create({ doc })); // it would add cells
    return isSound && same(outline(parseHTML(write(doc))), outline(parseHTML(asMarkup(value)))) ? doc : null;
  };

  return { extensions, schema, read, write, hold, remember };
};

const standsAlone = (paragraph) =>
  paragraph.parentElement.matches(BARE) &&
  ![paragraph.previousElementSibling, paragraph.nextElementSibling].some((each) => each?.matches("p[data-bare]"));

// Puts the rows of a table into the parts they stood in; a new row goes with its neighbours.
const parted = (table) => {
  const { ownerDocument } = table;
  const rows = [...table.querySelectorAll(":scope > tbody > tr")];
  const head = rows.findLastIndex((row) => row.dataset.part?.startsWith("thead"));
  table.querySelector(":scope > tbody").remove();
  table.querySelector(":scope > caption")?.removeAttribute("contenteditable");
  let part = null;
  let place = null;
  rows.forEach((row, index) => {
    const near = place?.startsWith("tfoot") ? "tfoot" : "tbody";
    const own = row.dataset.part ?? (index < head ? "thead" : near);
    const isNew = !part || (row.dataset.part && place && own !== place) || part.localName !== own.split(" ")[0];
    if (isNew) {
      part = ownerDocument.createElement(own.split(" ")[0]);
      table.append(part);
    }
    place = row.dataset.part ?? (isNew ? null : place);
    row.removeAttribute("data-part");
    part.append(row);
  });
};
