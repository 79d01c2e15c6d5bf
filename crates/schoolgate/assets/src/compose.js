// While somebody writes a post: asks what screening finds, and shows it below the text. Without this file the same stands on
// the page of the post.
const form = document.getElementById("compose");
const words = document.getElementById("words");
const shown = document.getElementById("findings");
/** Long enough that nobody is interrupted in a word. */
const PAUSE_MS = 500;

const line = (text) => {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
};

const strengths = { stop: "Has to come out", ask: "To be answered", note: "Worth a look" };

const show = ({ findings, lengths }) => {
  const list = document.createElement("ul");
  list.className = "govuk-list govuk-list--bullet";
  for (const found of findings) {
    const clause = found.clause ? ` Clause ${found.clause}.` : "";
    list.append(line(`${strengths[found.strength]}: \u201c${found.quoted}\u201d. ${found.say}.${clause}`));
  }
  for (const one of lengths) {
    list.append(line(`${one.account}: ${one.length} of ${one.most} characters`));
  }
  shown.replaceChildren(list);
};

let waiting;
let asked = 0;

const ask = async () => {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body });
    const isJson = answer.headers.get("content-type")?.startsWith("application/json") ?? false;
    if (answer.ok && isJson && mine === asked) {
      show(await answer.json());
    }
  } catch {
    // Nothing is lost: saving shows the same.
  }
};

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE_MS);
});
if (words.value) {
  ask();
}
