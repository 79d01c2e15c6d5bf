// Builds `built/` from `src/` and GOV.UK Frontend: one style sheet, the scripts, the icon and the licence that must travel
// with them. Everything is written into a folder beside `built/` first, so that a failed build leaves the old one whole.
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const govuk = join(here, "node_modules", "govuk-frontend");
const fresh = join(here, "built.new");

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh);

const style = sass.compile(join(here, "src", "site.scss"), {
  loadPaths: [join(govuk, "dist")],
  style: "compressed",
  quietDeps: true,
});
writeFileSync(join(fresh, "site.css"), style.css);

for (const name of ["site.js", "js-enabled.js", "passkey.js", "checking.js", "compose.js", "region.js", "icon.svg", "govuk-frontend-licence.txt"]) {
  copyFileSync(join(here, "src", name), join(fresh, name));
}
const script = readFileSync(join(govuk, "dist", "govuk", "govuk-frontend.min.js"), "utf8");
writeFileSync(join(fresh, "govuk-frontend.min.js"), script.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));

rmSync(join(here, "built"), { recursive: true, force: true });
renameSync(fresh, join(here, "built"));
