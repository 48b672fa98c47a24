// What other programs put on the clipboard, as plain structure. The schema drops whatever it does not know; here is
// what would come out wrong without help: pictures, lists that are paragraphs, formats that are styles.
"use strict";

const PICTURE = /<(?:img|v:imagedata|svg|picture|video|audio|object|embed)\b/i;
// By text and not by element: a picture of some megabytes in its address must not be read at all.
const WEIGHT = /<(?:img|v:imagedata|source)\b(?:[^>"']|"[^"]*"|'[^']*')*>/gi;
const SHEETS = /<style\b[^]*?<\/style>/gi;
const TAGS = /<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>/gi;
const JUNK = "style, script, noscript, template, iframe, svg, math, title, meta, link, xml, object, embed, video, audio, picture, "
  + "[data-style*='mso-element:comment'], [data-style*='mso-element:footnote-list']";
const RENAMED = { h1: "h2", h5: "h4", h6: "h4", b: "strong", i: "em" };
const WORD_ITEM = /mso-list:\s*l(\d+)\s+level(\d+)/i;

export const hasPictures = (markup) => PICTURE.test(markup);

const styleOf = (element) => (element.getAttribute("data-style") ?? "").toLowerCase();
const rename = (element, tag) => {
  const made = element.ownerDocument.createElement(tag);
  for (const { name, value } of element.attributes) made.setAttribute(name, value);
  made.append(...element.childNodes);
  element.replaceWith(made);
  return made;
};
const unwrap = (element) => element.replaceWith(...element.childNodes);
const wrapContent = (element, tag) => {
  const made = element.ownerDocument.createElement(tag);
  made.append(...element.childNodes);
  element.append(made);
};

// Google Docs wraps everything in a <b> that is not bold, and makes what is bold by styles.
const styled = (element) => {
  const style = styleOf(element);
  if (element.matches("b, strong") && /(?:^|[;\s])font-weight:\s*(?:normal|[1-4]00)/.test(style)) return unwrap(element);
  if (!element.matches("span, font")) return undefined;
  if (/(?:^|[;\s])font-weight:\s*(?:bold|[6-9]00)/.test(style)) wrapContent(element, "strong");
  if (/(?:^|[;\s])font-style:\s*italic/.test(style)) wrapContent(element, "em");
  if (/(?:^|[;\s])vertical-align:\s*super/.test(style)) wrapContent(element, "sup");
  if (/(?:^|[;\s])vertical-align:\s*sub/.test(style)) wrapContent(element, "sub");
  return unwrap(element);
};

// Word writes an item of a list as a paragraph that begins with its bullet or number, for those who know no better.
const bulletOf = (paragraph) => {
  const marked = paragraph.querySelector("[data-style*='mso-list:Ignore' i]");
  const text = marked?.textContent ?? "";
  marked?.remove();
  return text;
};
const wordLists = (root) => {
  let open = []; // {list, level} of the lists in each other at this place, the outermost first
  for (const paragraph of root.querySelectorAll("p, h1, h2, h3, h4, h5, h6, div")) {
    const item = WORD_ITEM.exec(styleOf(paragraph));
    if (!item) continue;
    const level = Number(item[2]);
    const bullet = bulletOf(paragraph).trim();
    const tag = bullet !== "o" && /[\p{L}\p{N}]/u.test(bullet) ? "ol" : "ul"; // Word's second bullet is an o
    if (open[0]?.list !== paragraph.previousElementSibling) open = [];
    open = open.filter((each) => each.level < level || (each.level === level && each.list.localName === tag));
    if (open.at(-1)?.level !== level) {
      const list = root.ownerDocument.createElement(tag);
      const parent = open.at(-1)?.list.lastElementChild;
      if (parent) parent.append(list);
      else paragraph.before(list);
      open.push({ list, level });
    }
    const made = root.ownerDocument.createElement("li");
    made.append(...paragraph.childNodes);
    open.at(-1).list.append(made);
    paragraph.remove();
  }
};

const tidy = (root) => {
  // A list belongs into the item before it; Google Docs puts it beside.
  for (const list of root.querySelectorAll(":is(ul, ol) > :is(ul, ol)")) list.previousElementSibling?.append(list);
  for (const paragraph of root.querySelectorAll(":is(li, td, th) > p:first-child")) {
    if (!paragraph.nextElementSibling?.matches("p")) unwrap(paragraph);
  }
};

const comments = (root) => {
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
};

const isEmpty = (element) => !element.textContent.trim() && !element.querySelector("br, hr, table");

// Our policy refuses styles and handlers even where nothing is shown or run, and says so in the console.
const withoutStyles = (markup) =>
  markup.replace(SHEETS, "").replace(TAGS, (tag) => tag.replace(/(\s)(style|on\w+)(?=\s*=)/gi, "$1data-$2"));

export const makeCleaner = ({ parseHTML, isAllowedAddress }) => (markup) => {
  const root = parseHTML(withoutStyles(markup.replace(WEIGHT, "")));
  if (root.querySelector("[data-pm-slice]")) return markup; // of an editor like this one
  comments(root).forEach((comment) => comment.remove());
  root.querySelectorAll(JUNK).forEach((element) => element.remove());
  wordLists(root);
  [...root.querySelectorAll("b, strong, span, font")].reverse().forEach(styled);
  for (const [from, to] of Object.entries(RENAMED)) root.querySelectorAll(from).forEach((each) => rename(each, to));
  // Elements of other namespaces, such as <o:p>, stand for their text.
  root.querySelectorAll("*").forEach((each) => each.localName.includes(":") && unwrap(each));
  for (const link of root.querySelectorAll("a")) {
    const address = link.getAttribute("href") ?? "";
    if (!address || address.startsWith("#") || !isAllowedAddress(address)) unwrap(link);
  }
  tidy(root);
  for (const each of root.querySelectorAll("*")) {
    for (const name of each.getAttributeNames()) {
      if (!["href", "colspan", "rowspan", "scope", "start"].includes(name)) each.removeAttribute(name);
    }
  }
  for (const block of root.querySelectorAll("p, h2, h3, h4, li")) if (isEmpty(block)) block.remove();
  return root.innerHTML;
};
