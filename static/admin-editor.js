// Opens an editor in place of each text box of HTML (osce_cms/widgets.py). The box stays in the form: each change is
// written back to it with an event, so that drafts, versions and the save work as without an editor. A text that the
// editor cannot hold exactly stays in the box.
"use strict";

const CANNOT = "This text has something in it that the editor would change, so it is shown as HTML.";
const NO_PICTURES = "Pictures were left out of what you pasted: add them under Images.";
const NO_ADDRESS = "Write a web address (https://…), a path of this site (/…), a mail address or a telephone number (tel:…).";

const make = (tag, values = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};

const load = async (textarea) => {
  const addresses = JSON.parse(textarea.dataset.editor);
  const names = Object.keys(addresses);
  const modules = await Promise.all(names.map((name) => import(addresses[name])));
  return Object.fromEntries(names.map((name, place) => [name, modules[place]]));
};

// Dialogs: one question, one answer.

const ask = (title, question, value, check) =>
  new Promise((answer) => {
    const input = make("input", { type: "text", value, className: "vTextField", autofocus: true });
    const error = make("p", { className: "errornote", hidden: true, role: "alert" });
    const label = make("label", {}, question, input);
    const done = make("button", { type: "submit", className: "button default" }, "OK");
    const leave = make("button", { type: "button", className: "button" }, "Cancel");
    const form = make("form", { method: "dialog" }, label, error, make("p", { className: "buttons" }, done, leave));
    const dialog = make("dialog", { className: "editor-dialog", "aria-label": title }, form);
    let given = null;
    leave.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { text, refusal } = check(input.value.trim());
      error.textContent = refusal ?? "";
      error.hidden = !refusal;
      if (refusal) return input.focus();
      given = text;
      return dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(given);
    });
    (document.getElementById("content") ?? document.body).append(dialog);
    dialog.showModal();
    input.select();
  });

export const asAddress = (typed, isAllowed) => {
  if (/^[^\s/:@]+@[^\s/:@]+\.[^\s/:@]+$/.test(typed)) return `mailto:${typed}`;
  if (/^(?:[\w-]+\.)+[a-z]{2,}(?:[/?#]|$)/i.test(typed)) return `https://${typed}`;
  const isWhole = /^(?:https?:\/\/[^\s/]|mailto:\S|tel:\S|\/(?![/\\])|#\S)/i.test(typed);
  return isWhole && isAllowed(typed) ? typed : null;
};

// Commands

// At once: the command of the library would wait for the next frame, and a letter typed before that would be lost.
const on = (editor) => {
  editor.view.focus();
  return editor.chain();
};
const isBold = (editor) => editor.isActive("strong") || editor.isActive("b");
const isItalic = (editor) => editor.isActive("em") || editor.isActive("i");
const toggle = (editor, isOn, marks) => {
  const chain = on(editor);
  return isOn ? marks.reduce((each, mark) => each.unsetMark(mark), chain).run() : chain.setMark(marks[0]).run();
};
const bold = (editor) => toggle(editor, isBold(editor), ["strong", "b"]);
const italic = (editor) => toggle(editor, isItalic(editor), ["em", "i"]);

const link = async (editor, { schema }) => {
  const { empty, from, to } = editor.state.selection;
  const check = (typed) => {
    const text = asAddress(typed, schema.isAllowedAddress);
    return text || !typed ? { text } : { refusal: NO_ADDRESS };
  };
  const href = await ask("Link", "Address of the link", editor.getAttributes("a").href ?? "", check);
  const chain = on(editor).setTextSelection({ from, to }); // a dialog may have moved it
  if (!href) return chain.run();
  const isNew = empty && !editor.isActive("a");
  if (isNew) return chain.insertContent({ type: "text", text: href, marks: [{ type: "a", attrs: { href } }] }).run();
  return chain.extendMarkRange("a").setMark("a", { ...editor.getAttributes("a"), href }).run();
};

const table = () => {
  const cell = (type) => ({ type, content: [{ type: "paragraph" }] });
  const row = (type, part) => ({ type: "tableRow", attrs: { part }, content: [cell(type), cell(type), cell(type)] });
  const rows = [row("tableHeader", "thead 0"), row("tableCell", "tbody 1"), row("tableCell", "tbody 1")];
  return [{ type: "table", content: rows }, { type: "paragraph" }];
};
const insertTable = (editor) => {
  const { from } = editor.state.selection;
  on(editor).insertContent(table()).run();
  let first = null;
  editor.state.doc.descendants((node, place) => {
    if (first === null && place >= from - 1 && node.type.name === "tableHeader") first = place;
    return first === null;
  });
  if (first !== null) editor.commands.setTextSelection(first + 2);
};
const caption = async (editor) => {
  const { from, to } = editor.state.selection;
  const { caption: known } = editor.getAttributes("table");
  const plain = make("div");
  plain.textContent = new DOMParser().parseFromString(known ?? "", "text/html").body.textContent;
  const typed = await ask("Table", "Caption of the table", plain.textContent, (text) => ({ text }));
  const chain = on(editor).setTextSelection({ from, to });
  if (typed === null || typed === plain.textContent) return chain.run();
  plain.textContent = typed;
  return chain.updateAttributes("table", { caption: plain.innerHTML || null }).run();
};

const tools = ({ bundle: { pm }, schema }) => {
  const cells = (name, label, text) => ({
    label,
    text,
    isShown: (editor) => pm.tables.isInTable(editor.state),
    run: (editor) => {
      pm.tables[name](editor.state, editor.view.dispatch);
      editor.view.focus();
    },
  });
  const mark = (name, label, text) => ({
    label,
    text,
    run: (editor) => on(editor).toggleMark(name).run(),
    isOn: (editor) => editor.isActive(name),
  });
  const list = (name, label, text) => ({
    label,
    text,
    run: (editor) => on(editor).toggleList(name, "listItem").run(),
    isOn: (editor) => editor.isActive(name),
  });
  const isListed = (editor) => editor.isActive("listItem");
  const isInTable = (editor) => pm.tables.isInTable(editor.state);
  return [
    { label: "Bold", text: "B", className: "is-bold", run: bold, isOn: isBold },
    { label: "Italic", text: "I", className: "is-italic", run: italic, isOn: isItalic },
    mark("sub", "Subscript", "x₂"),
    mark("sup", "Superscript", "x²"),
    { label: "Link", text: "Link", run: (editor) => link(editor, { schema }), isOn: (editor) => editor.isActive("a") },
    {
      label: "Remove link",
      text: "No link",
      isShown: (editor) => editor.isActive("a"),
      run: (editor) => on(editor).extendMarkRange("a").unsetMark("a").run(),
    },
    list("bulletList", "Bulleted list", "• List"),
    list("orderedList", "Numbered list", "1. List"),
    { label: "Deeper in the list", text: "→", isShown: isListed, run: (editor) => on(editor).sinkListItem("listItem").run() },
    { label: "Less deep in the list", text: "←", isShown: isListed, run: (editor) => on(editor).liftListItem("listItem").run() },
    {
      label: "Quotation",
      text: "Quote",
      run: (editor) => on(editor).toggleWrap("blockquote").run(),
      isOn: (editor) => editor.isActive("blockquote"),
    },
    { label: "Line", text: "Line", run: (editor) => on(editor).insertContent({ type: "horizontalRule" }).run() },
    { label: "Table", text: "Table", run: insertTable, isShown: (editor) => !isInTable(editor) },
    cells("addRowAfter", "Add a row below", "+ Row"),
    cells("deleteRow", "Delete the row", "− Row"),
    cells("addColumnAfter", "Add a column after", "+ Column"),
    cells("deleteColumn", "Delete the column", "− Column"),
    cells("toggleHeaderRow", "Heads of columns in this table", "Heads"),
    { label: "Caption of the table", text: "Caption", isShown: isInTable, run: caption },
    cells("deleteTable", "Delete the table", "− Table"),
    { label: "Undo", text: "↶", run: (editor) => on(editor).undo().run() },
    { label: "Redo", text: "↷", run: (editor) => on(editor).redo().run() },
  ];
};

const shortcuts = ({ bundle, schema }) =>
  bundle.Extension.create({
    name: "shortcuts",
    addKeyboardShortcuts() {
      return {
        "Mod-b": () => bold(this.editor),
        "Mod-i": () => italic(this.editor),
        "Mod-k": () => (link(this.editor, { schema }), true),
        "Mod-]": () => this.editor.commands.sinkListItem("listItem"),
        "Mod-[": () => this.editor.commands.liftListItem("listItem"),
      };
    },
  });

// The toolbar: one stop of the Tab key, the arrows go on from there.

const kindSelect = (editor) => {
  const kinds = ["Paragraph", "Heading", "Smaller heading", "Smallest heading"];
  const options = kinds.map((text, place) => make("option", { value: place && place + 1 }, text));
  const select = make("select", { "aria-label": "Kind of paragraph" }, ...options);
  select.addEventListener("change", () => {
    const level = Number(select.value);
    const chain = on(editor);
    if (level) chain.setNode("heading", { level }).run();
    else chain.setNode("paragraph").run();
  });
  const update = () => {
    select.value = editor.isActive("heading") ? editor.getAttributes("heading").level : 0;
  };
  return { element: select, update };
};

const toolButton = (editor, tool) => {
  const element = make("button", { type: "button", title: tool.label, "aria-label": tool.label }, tool.text);
  if (tool.className) element.className = tool.className;
  element.addEventListener("click", () => tool.run(editor));
  const update = () => {
    if (tool.isOn) element.setAttribute("aria-pressed", String(tool.isOn(editor)));
    if (tool.isShown) element.hidden = !tool.isShown(editor);
  };
  return { element, update };
};

const toolbar = (editor, parts) => {
  const bar = make("div", { className: "editor-tools", role: "toolbar", "aria-label": "Formatting" });
  bar.append(...parts.map((part) => part.element));
  const shown = () => [...bar.children].filter((each) => !each.hidden);
  const stopAt = (element) => {
    for (const each of bar.children) each.tabIndex = each === element ? 0 : -1;
  };
  bar.addEventListener("focusin", (event) => stopAt(event.target));
  bar.addEventListener("keydown", (event) => {
    const all = shown();
    const place = all.indexOf(event.target);
    const steps = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    all.at(steps[event.key] % all.length).focus();
  });
  const update = () => {
    parts.forEach((part) => part.update());
    if (!shown().some((each) => each.tabIndex === 0)) stopAt(shown()[0]);
  };
  stopAt(bar.firstElementChild);
  editor.on("transaction", update);
  update();
  return bar;
};

// The box and its editor

const attributesFor = (textarea, label) => {
  const passed = ["aria-describedby", "aria-invalid"].filter((name) => textarea.hasAttribute(name));
  return {
    role: "textbox",
    "aria-multiline": "true",
    "aria-label": label,
    class: "editor-text",
    dir: "auto",
    ...Object.fromEntries(passed.map((name) => [name, textarea.getAttribute(name)])),
  };
};

const attach = (textarea, modules) => {
  const { bundle, schema, paste } = modules;
  const kept = schema.makeSchema(bundle);
  const clean = paste.makeCleaner(schema);
  const labelElement = textarea.labels[0];
  const label = labelElement?.textContent.trim().replace(/:$/, "") ?? textarea.name;
  const help = document.getElementById(`${textarea.id}_helptext`);
  const note = make("p", { className: "editor-note", role: "status" });
  const reopen = make("button", { type: "button", className: "button" }, "Show formatted");
  const box = make("div", { className: "editor-box" });
  let editor = null;
  let written = textarea.value;

  textarea.before(box);
  box.append(note, reopen, textarea);
  labelElement?.addEventListener("click", () => editor?.view.focus());

  const say = (text) => {
    note.textContent = text;
  };
  const show = (isOpen) => {
    box.classList.toggle("is-open", isOpen);
    textarea.hidden = isOpen;
    reopen.hidden = isOpen;
    if (help) help.hidden = isOpen;
    // Else the label would lead to the hidden box.
    if (isOpen) labelElement?.removeAttribute("for");
    else labelElement?.setAttribute("for", textarea.id);
  };
  const writeBack = () => {
    written = kept.write(editor.state.doc);
    textarea.value = written;
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const close = () => {
    editor?.destroy();
    editor = null;
    box.querySelector(".editor-frame")?.remove();
    show(false);
  };
  const refuseFiles = (files) => {
    if (!files?.length) return false;
    say(NO_PICTURES);
    return true;
  };
  const open = () => {
    const doc = kept.hold(textarea.value);
    if (!doc) return say(CANNOT);
    const hadFocus = document.activeElement === textarea;
    const frame = make("div", { className: "editor-frame" });
    written = textarea.value;
    editor = new bundle.Editor({
      element: frame,
      extensions: [...kept.extensions, bundle.History, bundle.Gapcursor, bundle.Dropcursor, shortcuts(modules)],
      content: doc.toJSON(),
      injectCSS: false, // a style element, which our policy refuses
      enableInputRules: false,
      enablePasteRules: false,
      editorProps: {
        attributes: attributesFor(textarea, label),
        transformPastedHTML: (markup) => {
          say(paste.hasPictures(markup) ? NO_PICTURES : "");
          return clean(markup);
        },
        handlePaste: (view, { clipboardData }) =>
          !clipboardData.types.some((type) => type.startsWith("text/")) && refuseFiles(clipboardData.files),
        handleDrop: (view, event) => {
          const isRefused = refuseFiles(event.dataTransfer?.files);
          if (isRefused) event.preventDefault();
          return isRefused;
        },
      },
      onUpdate: writeBack,
    });
    kept.remember(editor.state.doc, written);
    const source = { element: make("button", { type: "button", title: "Show as HTML", "aria-label": "Show as HTML" }, "HTML"), update() {} };
    source.element.addEventListener("click", () => {
      close();
      textarea.focus();
    });
    const parts = [kindSelect(editor), ...tools(modules).map((tool) => toolButton(editor, tool)), source];
    frame.prepend(toolbar(editor, parts));
    box.prepend(frame);
    show(true);
    say("");
    if (hadFocus) {
      editor.view.focus();
      editor.commands.setTextSelection(doc.content.size);
    }
    return undefined;
  };
  // Somebody else wrote into the box: a draft was put back, the browser filled it.
  const follow = () => {
    if (textarea.value === written) return;
    if (editor) close();
    open();
  };

  textarea.addEventListener("change", (event) => event.isTrusted || follow());
  window.addEventListener("pageshow", () => editor && follow());
  reopen.addEventListener("click", () => {
    open();
    editor?.view.focus();
  });
  show(false);
  open();
};

for (const textarea of document.querySelectorAll("textarea[data-editor]")) {
  // Without the modules, as on a bad network, the box stays what it is.
  load(textarea).then((modules) => attach(textarea, modules), (error) => console.warn(error));
}
