// Gives a name to the fields that Django's widgets leave without one: screen readers would only say "edit".
"use strict";
{
  const called = (element) => element?.textContent.trim().replace(/:$/, "");
  const labelOf = (id) => called(document.querySelector(`label[for="${id}"]`));
  const name = (element, text) => text && element && element.setAttribute("aria-label", text);

  const nameAll = () => {
    // Cells of a tabular inline have their label in the head of the column.
    for (const field of document.querySelectorAll(".tabular tbody td :is(input, select, textarea):not([type=hidden])")) {
      if (field.labels?.length) continue;
      const { cellIndex } = field.closest("td");
      name(field, called(field.closest("table").tHead.rows[0].cells[cellIndex]));
    }
    // A date and a time under one label, which is for neither.
    for (const field of document.querySelectorAll(".datetime input")) {
      if (field.labels?.length) continue;
      const label = called(field.closest(".form-row")?.querySelector("label, legend"));
      name(field, `${label}: ${field.classList.contains("vTimeField") ? "time" : "date"}`);
    }
    // Select2 keeps the label for the select that it hides.
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const label = select.getAttribute("aria-label") || labelOf(select.id);
      const shown = select.nextElementSibling;
      const combobox = shown.querySelector("[role=combobox]");
      for (const part of [combobox, ...shown.querySelectorAll(".select2-search__field")]) name(part, label);
      const value = shown.querySelector("[role=textbox]");
      if (value) {
        // Said after the label; a box of its own, which would want a name too, it is not.
        value.removeAttribute("role");
        value.removeAttribute("aria-readonly");
        combobox.id = `${value.id}-label`;
        combobox.setAttribute("aria-labelledby", `${combobox.id} ${value.id}`);
      }
      // Its cross "remove all" stands in the list without being an item of it.
      shown.querySelector("ul.select2-selection__rendered")?.setAttribute("role", "presentation");
    }
  };

  // A group of options has a name of its own; its heading and its list are no parts of the listbox.
  const watched = new WeakSet();
  const watchGroups = (listbox) => {
    const plain = () => {
      for (const part of listbox.querySelectorAll("[role=group] > :is(strong, ul)")) part.setAttribute("role", "none");
    };
    plain();
    if (!watched.has(listbox)) new MutationObserver(plain).observe(listbox, { childList: true, subtree: true });
    watched.add(listbox);
  };

  // The label of the search box is a picture.
  document.querySelector("label[for=searchbar]")?.replaceChildren("Search");
  nameAll();
  const { jQuery } = window.django ?? {};
  if (jQuery) {
    jQuery(nameAll); // after Select2, which was asked earlier to wait for the same moment
    jQuery(document).on("select2:open", (event) => {
      const combobox = event.target.nextElementSibling.querySelector("[role=combobox]");
      combobox.setAttribute("aria-controls", combobox.getAttribute("aria-owns"));
      const open = document.querySelectorAll(".select2-container--open :is(.select2-search__field, [role=listbox])");
      for (const part of open) name(part, labelOf(event.target.id) || event.target.getAttribute("aria-label"));
      for (const list of document.querySelectorAll(".select2-container--open [role=listbox]")) watchGroups(list);
    });
    document.addEventListener("formset:added", nameAll);
  }
}
