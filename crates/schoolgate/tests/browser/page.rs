//! A person at a browser: what can be seen, and what a keyboard can do. Every page that is reached is examined.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::driver::{Driver, Extension};

pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const SPACE: char = ' ';
pub(crate) const DOWN: char = '\u{e015}';

/// Longer than any page has stops; more means that the focus is trapped.
const TABS_MAX: usize = 120;
/// No page takes this long; it only ends a test that would wait for ever.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(25);

/// Who looks: a phone or a desk, with or without script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) script: Script,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Script {
    On,
    Off,
}

pub(crate) const LOOKS: [Look; 4] = [
    Look { width: 1280, script: Script::On },
    Look { width: 390, script: Script::On },
    Look { width: 1280, script: Script::Off },
    Look { width: 390, script: Script::Off },
];

pub(crate) struct Browser {
    pub(crate) client: Client,
    look: Look,
    site: String,
    journey: String,
    shots: AtomicUsize,
    _driver: Driver,
}

impl Browser {
    /// `journey` names the pictures in `target/screens`.
    pub(crate) async fn open(site: &str, journey: &str, look: Look) -> Self {
        let driver = Driver::start();
        let capabilities = match capabilities(look) {
            Value::Object(map) => map,
            _ => unreachable!("capabilities are an object"),
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.address)
            .await
            .expect("Chromium starts: run scripts/need.sh browser");
        let browser = Self {
            client,
            look,
            site: site.to_owned(),
            journey: journey.to_owned(),
            shots: AtomicUsize::new(0),
            _driver: driver,
        };
        browser.let_pages_run_script(look.script == Script::On).await;
        browser
    }

    pub(crate) async fn close(self) {
        self.client.close().await.expect("Chromium closes");
    }

    /// Opens a page that is there.
    pub(crate) async fn visit(&self, path: &str) {
        self.go(path).await;
        let status = self.status().await;
        assert!((200..300).contains(&status), "{path} answers {status}, {}", self.place().await);
        self.examine().await;
    }

    /// How the server answered for the page that is open.
    pub(crate) async fn status(&self) -> u64 {
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        self.run(script, vec![]).await.as_u64().unwrap_or_default()
    }

    pub(crate) async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.site)).await.expect("the page loads");
    }

    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.expect("a page is open").path().to_owned()
    }

    pub(crate) async fn heading(&self) -> String {
        self.text_of("h1").await
    }

    pub(crate) async fn text(&self) -> String {
        self.text_of("body").await
    }

    async fn text_of(&self, css: &str) -> String {
        let script = "const e = document.querySelector(arguments[0]); return e ? e.innerText : null";
        let found = self.run(script, vec![json!(css)]).await;
        found.as_str().unwrap_or_else(|| panic!("`{css}` is not on the page")).trim().to_owned()
    }

    /// Runs in the page as a debugger would, also where the page's own script is off.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{error}\nin: {script:.200}"))
    }

    /// Presses and lets go of one key.
    pub(crate) async fn press(&self, key: char) {
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        self.client.perform_actions(keys).await.expect("a key can be pressed");
    }

    /// Types into whatever has the focus.
    pub(crate) async fn type_text(&self, text: &str) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for key in text.chars() {
            keys = keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        }
        self.client.perform_actions(keys).await.expect("text can be typed");
    }

    /// Goes by Tab to the control with this label (or this text, for a button or a link), and checks at each stop that the focus
    /// can be seen.
    pub(crate) async fn tab_to(&self, label: &str) {
        if let Err(said) = self.find_by_tab(label).await {
            panic!("{said}, {}", self.place().await);
        }
    }

    pub(crate) async fn find_by_tab(&self, label: &str) -> Result<(), String> {
        let mut passed = Vec::new();
        for _ in 0..TABS_MAX {
            self.press(TAB).await;
            let focus = self.run(FOCUS, vec![]).await;
            let name = focus["name"].as_str().unwrap_or_default();
            if !name.is_empty() && focus["seen"] != json!(true) {
                return Err(format!("nobody can see the focus on `{name}`"));
            }
            // A group of radio buttons is one stop, so any label of the group will do.
            if name == label || focus["group"].as_array().is_some_and(|labels| labels.contains(&json!(label))) {
                return Ok(());
            }
            passed.push(name.to_owned());
        }
        Err(format!("Tab never reaches `{label}`; it passed {passed:?}"))
    }

    /// Empties the field with this label and types into it.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        self.tab_to(label).await;
        self.run("document.activeElement.select()", vec![]).await;
        self.type_text(text).await;
    }

    /// Chooses the radio button or ticks the box with this label.
    pub(crate) async fn choose(&self, label: &str) {
        self.tab_to(label).await;
        for _ in 0..TABS_MAX {
            let focus = self.run(FOCUS, vec![]).await;
            if focus["name"] == json!(label) {
                if focus["checked"] != json!(true) {
                    self.press(SPACE).await;
                }
                return;
            }
            self.press(DOWN).await;
        }
        panic!("the arrow keys never reach `{label}`");
    }

    /// Goes to the button or link, presses Enter, and examines the page that comes.
    pub(crate) async fn press_on(&self, label: &str) {
        self.tab_to(label).await;
        self.leave_mark().await;
        self.press(ENTER).await;
        self.arrive().await;
    }

    /// Marks this document, so that [`Self::arrive`] knows the next one.
    pub(crate) async fn leave_mark(&self) {
        self.run("document.documentElement.dataset.left = 'yes'", vec![]).await;
    }

    /// Waits until another document than the marked one has loaded, and examines it.
    pub(crate) async fn arrive(&self) {
        let begun = Instant::now();
        let mut every = tokio::time::interval(POLL);
        let script = "return document.readyState === 'complete' && document.documentElement.dataset.left !== 'yes'";
        // Between two documents the command itself may fail; then it is asked again.
        while self.client.execute(script, vec![]).await.ok() != Some(json!(true)) {
            assert!(begun.elapsed() < PATIENCE, "no other page came, {}", self.place().await);
            every.tick().await;
        }
        self.examine().await;
    }

    async fn place(&self) -> String {
        let url = self.client.current_url().await.map(|url| url.to_string()).unwrap_or_default();
        format!("on {url} ({}, {:?})", self.journey, self.look)
    }

    pub(crate) async fn examine(&self) {
        assert_eq!(self.findings().await, Vec::<String>::new(), "{}", self.place().await);
    }

    /// What is wrong with the page that is open; a picture of it is kept.
    pub(crate) async fn findings(&self) -> Vec<String> {
        let mut found = self.plain_faults().await;
        if self.is_new().await {
            self.picture().await;
            found.extend(self.axe().await);
        }
        found
    }

    /// Whether no page that is built like this one was examined in this look before: nearly every journey begins with signing in, and
    /// where only words differ, axe-core would find the same.
    async fn is_new(&self) -> bool {
        static KNOWN: LazyLock<Mutex<HashSet<(Look, String)>>> = LazyLock::new(Mutex::default);
        let page = self.run(BUILT, vec![]).await.as_str().unwrap_or_default().to_owned();
        assert!(page.starts_with("BODY"), "a page is built of something: {page}");
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).insert((self.look, page))
    }

    /// What must hold on every page: what can be seen at once, and that axe-core finds nothing.
    pub(crate) async fn faults(&self) -> Vec<String> {
        let mut found = self.plain_faults().await;
        found.extend(self.axe().await);
        found
    }

    /// A name, room on the screen, nothing that the browser complains of.
    async fn plain_faults(&self) -> Vec<String> {
        let mut found = Vec::new();
        let page = self.run(PLAIN, vec![]).await;
        let headings = &page["headings"];
        if headings.as_array().map(Vec::len) != Some(1) {
            found.push(format!("one h1, not {headings}"));
        }
        if !page["title"].as_str().unwrap_or_default().contains(headings[0].as_str().unwrap_or_default()) {
            found.push(format!("the title {} does not say {headings}", page["title"]));
        }
        if page["wide"].as_i64() > page["room"].as_i64() {
            found.push(format!("the page is wider than the screen: {} on {}", page["wide"], page["room"]));
        }
        found.extend(self.complaints().await);
        found
    }

    /// What Chromium wrote to its console, without the lines that only repeat the page's own status.
    async fn complaints(&self) -> Vec<String> {
        let log = self
            .client
            .issue_cmd(Extension::post("se/log", json!({ "type": "browser" })))
            .await
            .expect("Chromium's log");
        let entries = log.as_array().cloned().unwrap_or_default();
        let said = entries.iter().filter_map(|entry| entry["message"].as_str());
        said.filter(|text| !text.contains("the server responded with a status of 4")).map(str::to_owned).collect()
    }

    /// What axe-core finds. It needs timers, so a page that was loaded without script may run script from here on; its own does not
    /// start any more.
    async fn axe(&self) -> Vec<String> {
        self.let_pages_run_script(true).await;
        self.run(&axe_source(), vec![]).await;
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(r => done(r.violations.map(v =>
                v.id + ': ' + v.help + ': ' + v.nodes.map(n => n.html).join(' ')))).catch(e => done(['axe-core failed: ' + e]));";
        let found = self.client.execute_async(script, vec![]).await.expect("axe-core runs");
        self.let_pages_run_script(self.look.script == Script::On).await;
        let found = found.as_array().expect("axe-core gives a list");
        found.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    async fn let_pages_run_script(&self, may: bool) {
        self.chromium("Emulation.setScriptExecutionDisabled", json!({ "value": !may })).await;
    }

    /// A command of Chromium's own protocol.
    async fn chromium(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(Extension::post("goog/cdp/execute", body)).await.expect("Chromium obeys")
    }

    /// The whole page into `target/screens`, for people to look at.
    async fn picture(&self) {
        let shot = self.chromium("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        let bytes = BASE64_STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
        let number = self.shots.fetch_add(1, Ordering::Relaxed);
        let script = if self.look.script == Script::On { "" } else { "-noscript" };
        let folder = screens();
        std::fs::create_dir_all(&folder).expect("target/screens can be made");
        let name = format!("{}-{}{script}-{number:02}.png", self.journey, self.look.width);
        std::fs::write(folder.join(name), bytes).expect("a picture can be written");
    }
}

fn screens() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/screens")
}

fn axe_source() -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}: run `make test-assets`", file.display()))
}

fn capabilities(look: Look) -> Value {
    let mut options = json!({ "args": [
        "--headless",
        // Chromium refuses its sandbox to root, which continuous integration often is; it only ever opens our own pages here.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en-GB",
        "--window-size=1280,900",
        // Whatever a page asks of another host fails, and the console says so.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
    ] });
    if look.width < 500 {
        let metrics = json!({ "width": look.width, "height": 844, "pixelRatio": 1, "touch": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    json!({ "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "WARNING" } })
}

/// What is looked at on every page, in one go.
const PLAIN: &str =
    "return { title: document.title, wide: document.documentElement.scrollWidth, room: window.innerWidth,
    headings: [...document.querySelectorAll('h1')].map(e => e.innerText.trim()) }";

/// How the page is built: elements with what they are and whether they say something, but not what; rows that are alike count once.
const BUILT: &str = r"
    const says = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) ? '!' : '';
    const built = e => {
        const parts = [...e.children].map(built).filter((part, at, all) => part !== all[at - 1]);
        const is = ['type', 'role', 'hidden', 'disabled', 'aria-label', 'aria-describedby', 'alt', 'lang', 'dir']
            .filter(name => e.hasAttribute(name)).map(name => name + (/^(type|role|dir)$/.test(name) ? e.getAttribute(name) : ''));
        return e.tagName + '.' + e.className + '[' + is + ']' + says(e) + '(' + parts + ')';
    };
    return built(document.body)";

/// The focused control: its label, whether its focus can be seen (an outline or a shadow, on itself or, for radio buttons and boxes
/// that are drawn by their label, on that), and the labels of its group of radio buttons.
const FOCUS: &str = r"
    const active = document.activeElement;
    if (!active || active === document.body) return { name: '' };
    const clean = text => (text || '').replace(/\s+/g, ' ').trim();
    const labelled = e => clean(e.labels && e.labels.length ? e.labels[0].innerText : (e.getAttribute('aria-label') || e.innerText || e.value));
    const marked = style => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    const styles = [getComputedStyle(active)];
    for (const label of active.labels || []) styles.push(getComputedStyle(label), getComputedStyle(label, '::before'));
    const group = active.type === 'radio'
        ? [...document.querySelectorAll('input[type=radio]')].filter(e => e.name === active.name && e.form === active.form).map(labelled) : [];
    return { name: labelled(active), seen: styles.some(marked), checked: active.checked === true, group };
";
