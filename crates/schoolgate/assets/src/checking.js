// Looks through a chapter while it is written and says its faults beside it. Without this file the same list comes with the
// page after saving.
const area = document.querySelector("textarea[data-check]");
const list = document.getElementById("faults");
const PAUSE = 800;

// Puts the cursor where a fault is.
function goTo(line, column) {
  const lines = area.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const at = before + Math.max(0, column - 1);
  area.focus();
  area.setSelectionRange(at, at);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 5);
}

function paragraph(text) {
  const made = document.createElement("p");
  made.className = "govuk-body";
  made.textContent = text;
  return made;
}

function show(faults) {
  if (faults.length === 0) {
    list.replaceChildren(paragraph("There are no faults in this chapter."));
    return;
  }
  const items = faults.map((fault) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "app-link-button";
    button.textContent = fault.place;
    button.addEventListener("click", () => goTo(fault.line, fault.column));
    item.append(button, `: ${fault.said}`);
    return item;
  });
  const made = document.createElement("ul");
  made.className = "govuk-list govuk-list--bullet";
  made.append(...items);
  list.replaceChildren(made);
}

let newest = 0;

async function check() {
  newest += 1;
  const mine = newest;
  try {
    const body = new URLSearchParams({ text: area.value });
    const response = await fetch(area.dataset.check, { method: "POST", body, headers: { accept: "application/json" } });
    // A later check has overtaken this one.
    if (mine !== newest) return;
    if (!response.ok) throw new Error(String(response.status));
    show(await response.json());
  } catch {
    if (mine === newest) list.replaceChildren(paragraph("The text cannot be checked just now. Save it to see its faults."));
  }
}

if (area && list) {
  let timer;
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
  });
}
