//! Just enough HTML to look at our own pages: tags in order, each with its attributes and the text up to the next tag.

/// One opening or closing tag, and the text that follows it.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    /// `h1`, or `/h1` when it closes.
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Tag {
    pub(crate) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == attribute).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|classes| classes.split_whitespace().any(|one| one == class))
    }
}

/// Every tag of a page. What is not well formed ends the test.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if rest.starts_with('!') {
            rest = &rest[rest.find('>').expect("a closed declaration")..];
            continue;
        }
        let end = end_of_tag(rest);
        let (name, attributes) = parts(&rest[..end]);
        rest = &rest[end + 1..];
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        found.push(Tag { name, attributes, text: text.split_whitespace().collect::<Vec<_>>().join(" ") });
    }
    found
}

/// All text from one opening tag to its closing tag, whatever is between.
pub(crate) fn text_within(tags: &[Tag], at: usize) -> String {
    let closing = format!("/{}", tags[at].name);
    let mut texts = Vec::new();
    for tag in &tags[at..] {
        if tag.name == closing {
            break;
        }
        texts.push(tag.text.as_str());
    }
    unescape(texts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").as_str())
}

fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    panic!("a tag without end: {}", &text[..text.len().min(80)]);
}

fn parts(inner: &str) -> (String, Vec<(String, String)>) {
    let name_end = inner.find(char::is_whitespace).unwrap_or(inner.len());
    let mut attributes = Vec::new();
    let mut rest = inner[name_end..].trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let value = match rest.strip_prefix("=\"") {
            Some(quoted) => {
                let close = quoted.find('"').expect("a closed attribute");
                rest = &quoted[close + 1..];
                unescape(&quoted[..close])
            }
            None => {
                assert!(!rest.starts_with('='), "an attribute without quotes in <{inner}>");
                String::new()
            }
        };
        attributes.push((name, value));
        rest = rest.trim_start();
    }
    (inner[..name_end].to_lowercase(), attributes)
}

fn unescape(text: &str) -> String {
    text.replace("&#39;", "'").replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&")
}
