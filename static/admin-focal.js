// In the form of an image: shows its focus and what other sites will cut out around it; a click on the
// picture sets the two numbers. They are plain fields, so all of it is done by keyboard too.
"use strict";
{
  const SHAPE = 1200 / 630; // as CROP in press/renditions.py
  const LARGEST = 400; // pixels of a picture that was only chosen
  const FIELDS = ["focal_x", "focal_y"];

  const rowOf = (element) => element.closest(".inline-related");
  const field = (row, name) => row.querySelector(`input[name$="-${name}"]`);
  const percent = (value) => Math.min(100, Math.max(0, Math.round(value)));
  const within = (value, room) => Math.min(Math.max(value, 0), room);

  const place = (element, left, top, width, height) => {
    Object.assign(element.style, { left: `${left}%`, top: `${top}%` });
    if (width) Object.assign(element.style, { width: `${width}%`, height: `${height}%` });
    element.hidden = false;
  };

  const draw = (row) => {
    const picture = row.querySelector(".focal img, .focal canvas");
    // Not as laid out: it may be loaded later.
    const [whole, tall] = ["width", "height"].map((name) => Number(picture?.getAttribute(name)));
    if (!whole || !tall) return;
    const [x, y] = FIELDS.map((name) => percent(Number(field(row, name)?.value ?? 50)));
    const width = (100 * Math.min(whole, tall * SHAPE)) / whole;
    const height = (width * whole) / SHAPE / tall;
    place(row.querySelector(".focal-point"), x, y);
    const [left, top] = [within(x - width / 2, 100 - width), within(y - height / 2, 100 - height)];
    place(row.querySelector(".focal-crop"), left, top, width, height);
  };

  // A canvas, because the policy of the site lets no picture in that is not its own.
  const show = async (row, file) => {
    const shown = row.querySelector(".focal img, .focal canvas");
    let picture;
    try {
      picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      return; // no picture: the server says so
    }
    const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, picture.width * scale);
    canvas.height = Math.max(1, picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    shown.replaceWith(canvas);
    draw(row);
  };

  document.addEventListener("click", (event) => {
    const picture = event.target.closest?.(".focal");
    const row = picture && rowOf(picture);
    if (!row || !field(row, "focal_x")) return;
    const box = picture.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    FIELDS.forEach((name, index) => {
      field(row, name).value = percent(100 * at[index]);
      field(row, name).dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
  document.addEventListener("input", (event) => {
    if (FIELDS.some((name) => event.target.name?.endsWith(`-${name}`))) draw(rowOf(event.target));
  });
  document.addEventListener("change", (event) => {
    const [file] = event.target.files ?? [];
    const row = file && rowOf(event.target);
    if (row?.querySelector(".focal")) show(row, file);
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".inline-related .focal").forEach((each) => draw(rowOf(each)));
  });
}
