// Draws the part of a picture that is to be covered, blurred or kept, by pointer and by keyboard. The four number fields below
// hold the same and work without this file.
const svg = document.querySelector("#stage svg");
const names = ["left", "top", "width", "height"];
const fields = names.map((name) => document.getElementById(name));
const [wide, high] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];

const frame = document.createElementNS("http://www.w3.org/2000/svg", "rect");
frame.setAttribute("class", "app-stage__region");
frame.setAttribute("tabindex", "0");
frame.setAttribute("role", "application");
frame.setAttribute("aria-label", "Part of the picture. Arrow keys move it, with shift they change its size.");
frame.setAttribute("aria-describedby", "region-how");
svg.setAttribute("role", "group");
svg.append(frame);

const within = (number, least, most) => Math.min(Math.max(Math.round(number), least), most);
const read = () => fields.map((field, at) => within(Number(field.value) || 0, at < 2 ? 0 : 1, 100));

const draw = () => {
  const [left, top, width, height] = read();
  frame.setAttribute("x", (left * wide) / 100);
  frame.setAttribute("y", (top * high) / 100);
  frame.setAttribute("width", (width * wide) / 100);
  frame.setAttribute("height", (height * high) / 100);
};

const put = (left, top, width, height) => {
  const size = [within(width, 1, 100), within(height, 1, 100)];
  const place = [within(left, 0, 100 - size[0]), within(top, 0, 100 - size[1])];
  [...place, ...size].forEach((number, at) => {
    fields[at].value = String(number);
  });
  draw();
};

const steps = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] };

frame.addEventListener("keydown", (press) => {
  const step = steps[press.key];
  if (!step) return;
  press.preventDefault();
  const [left, top, width, height] = read();
  if (press.shiftKey) {
    put(left, top, Math.min(width + step[0], 100 - left), Math.min(height + step[1], 100 - top));
  } else {
    put(left + step[0], top + step[1], width, height);
  }
});

const at = (pointer) => {
  const box = svg.getBoundingClientRect();
  return [((pointer.clientX - box.left) / box.width) * 100, ((pointer.clientY - box.top) / box.height) * 100];
};

let begun;
svg.addEventListener("pointerdown", (pointer) => {
  begun = at(pointer);
  svg.setPointerCapture(pointer.pointerId);
});
svg.addEventListener("pointermove", (pointer) => {
  if (!begun) return;
  const now = at(pointer);
  const [left, top] = [Math.min(begun[0], now[0]), Math.min(begun[1], now[1])];
  put(left, top, Math.abs(begun[0] - now[0]), Math.abs(begun[1] - now[1]));
});
svg.addEventListener("pointerup", () => {
  begun = undefined;
});

fields.forEach((field) => field.addEventListener("input", draw));
draw();
