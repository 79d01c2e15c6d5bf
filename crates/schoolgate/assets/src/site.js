// Starts only the GOV.UK parts that the pages use. Every page works without this file.
import { initAll } from "./govuk-frontend.min.js";

initAll();
