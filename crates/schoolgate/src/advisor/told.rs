//! A ruling as text: for a terminal, and for screen readers and logs.

use rulebook::{Binding, Effect, Ruling, Verdict};

use crate::policies::words::verdict_said;

/// How a ruling is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people at a terminal that shows colour.
    Colour,
    /// The same without colour.
    Human,
    /// One fact a line, each with its name in front.
    Plain,
}

/// What the effect of a clause means for the reader.
pub fn effect_said(effect: Effect) -> &'static str {
    match effect {
        Effect::Decides => "decides",
        Effect::AlsoApplies => "also applies",
        Effect::Lifted => "would apply, but is lifted",
        Effect::Permits => "permits",
        Effect::Duty => "gives a duty",
        Effect::Right => "gives a right",
        Effect::Reminder => "reminds",
        Effect::Defines => "defines",
        Effect::Consequence => "says what a breach can lead to",
    }
}

/// Whether the ruling binds, as a sentence.
pub fn binding_said(binding: Binding) -> &'static str {
    match binding {
        Binding::Yes => "This policy binds you.",
        Binding::No => "This policy does not bind you; take the answer as guidance.",
        Binding::Unknown => "Whether this policy binds you depends on what is not known yet.",
    }
}

/// The ruling as text, ending in a line break.
pub fn told(ruling: &Ruling, form: Form) -> String {
    if form == Form::Plain { plain(ruling) } else { human(ruling, form == Form::Colour) }
}

fn human(ruling: &Ruling, colour: bool) -> String {
    let mut lines = vec![];
    let verdict = verdict_said(ruling.verdict);
    lines.push(format!("{}  ({})", paint(verdict, tint(ruling.verdict), colour), ruling.verdict.name()));
    if let Some(outcomes) = &ruling.outcomes {
        let names: Vec<&str> = outcomes.iter().map(|outcome| verdict_said(*outcome)).collect();
        lines.push(format!("  It could come to: {}", names.join("; ")));
    }
    lines.push(format!("  {} {}", policy_said(ruling), binding_said(ruling.binding)));
    lines.push(format!("  Next: {}", ruling.next_step));
    for question in &ruling.questions {
        lines.push(format!("  Ask: {}  [{}]", question.ask, question.fact));
    }
    for citation in &ruling.citations {
        let open = if citation.open { ", in some cases" } else { "" };
        let name = paint(&citation.clause, "1", colour);
        lines.push(format!("  {name} ({}{open}): {}", effect_said(citation.effect), citation.wording));
    }
    for need in &ruling.needs {
        let when = if need.before { " beforehand" } else { "" };
        lines.push(format!(
            "  Missing: permission ({}{when}) from {} for {}  ({})",
            need.form, need.from, need.matter, need.clause
        ));
    }
    for duty in &ruling.duties {
        lines.push(format!("  {}  ({})", duty_said(duty), duty.clause));
    }
    for doubt in &ruling.doubts {
        lines.push(format!("  In doubt, {}: {} Or: {}", doubt.clause, doubt.reading, doubt.other));
    }
    if !ruling.assumed.is_empty() {
        let assumed: Vec<String> = ruling.assumed.iter().map(|a| format!("{} = {}", a.fact, a.value)).collect();
        lines.push(format!("  Assumed: {}", assumed.join("; ")));
    }
    lines.join("\n") + "\n"
}

fn policy_said(ruling: &Ruling) -> String {
    let status =
        serde_json::to_value(ruling.status).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    format!("Policy {} ({status}, version {}).", ruling.policy, ruling.version.get(..12).unwrap_or(&ruling.version))
}

/// A duty as a sentence.
pub fn duty_said(duty: &rulebook::Duty) -> String {
    let strength = if duty.strength == rulebook::DutyStrength::Must { "must" } else { "should" };
    let act = match duty.duty.as_str() {
        "report" => "report it",
        "tell" => "tell them",
        "declare" => "declare the tie",
        "reject" => "turn the request down expressly",
        "transfer" => "move the picture to the school's system",
        "delete" => "delete it from your own device",
        "keep-evidence" => "keep the evidence",
        "record" => "record it with time, date and place",
        "use-channel" => "use an official channel",
        "ask-yourself" => "ask yourself the policy's questions first",
        "review-profile" => "review your profile",
        other => other,
    };
    let to: Vec<String> = duty.to.iter().map(|role| role.replace('-', " ")).collect();
    let to = if to.is_empty() { String::new() } else { format!(" (to: {})", to.join(" or ")) };
    let at_once = if duty.at_once { " at once" } else { "" };
    format!("You {strength} {act}{at_once}{to}")
}

/// A missing permission as a sentence.
pub fn need_said(need: &rulebook::Need) -> String {
    let giver = match need.from.as_str() {
        "headteacher" => "the headteacher",
        "parent" => "the parent or carer of each child",
        "person" => "each person concerned",
        "senior-leaders" => "the senior leadership team",
        _ => "the school",
    };
    let matter = match need.matter.as_str() {
        "refer" => "to mention",
        "show" => "to show",
        "name" => "to use the school's name",
        "logo" => "to use the logo",
        "publication" => "to use what the school has published",
        "own-phone" => "to use your own phone",
        _ => "to publish this on an official account",
    };
    let whom = match (need.matter.as_str(), need.of.as_deref()) {
        ("refer" | "show", Some("school")) => " the school, its events and activities",
        ("refer" | "show", Some("staff")) => " members of staff",
        ("refer" | "show", Some("pupil" | "own-child")) => " a child",
        ("refer" | "show", Some("parent")) => " a parent",
        ("refer" | "show", Some(_)) => " the people concerned",
        _ => "",
    };
    let form = if need.form == "written" { "Written permission" } else { "Permission" };
    let before = if need.before { ", given beforehand," } else { "" };
    format!("{form} from {giver}{before} {matter}{whom}")
}

fn plain(ruling: &Ruling) -> String {
    let mut lines = vec![format!("verdict: {}", ruling.verdict.name())];
    for outcome in ruling.outcomes.iter().flatten() {
        lines.push(format!("possible: {}", outcome.name()));
    }
    lines.push(format!("policy: {} {}", ruling.policy, ruling.version));
    lines.push(format!("binding: {}", binding_said(ruling.binding)));
    lines.push(format!("next: {}", ruling.next_step));
    lines.extend(ruling.questions.iter().map(|q| format!("question: {} ({})", q.ask, q.fact)));
    for citation in &ruling.citations {
        lines.push(format!("clause: {} {}: {}", citation.clause, effect_said(citation.effect), citation.wording));
    }
    lines.extend(
        ruling.needs.iter().map(|n| format!("missing permission: {} {} {} ({})", n.from, n.form, n.matter, n.clause)),
    );
    lines.extend(ruling.duties.iter().map(|d| format!("duty: {} ({})", duty_said(d), d.clause)));
    lines.extend(ruling.doubts.iter().map(|d| format!("doubt: {}: {} Or: {}", d.clause, d.reading, d.other)));
    lines.extend(ruling.assumed.iter().map(|a| format!("assumed: {} = {}", a.fact, a.value)));
    lines.join("\n") + "\n"
}

fn tint(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::MustNot | Verdict::ShouldNot => "1;31",
        Verdict::NeedsPermission | Verdict::AdvisedAgainst | Verdict::Caution => "1;33",
        Verdict::Allowed => "1;32",
        Verdict::NotCovered | Verdict::Depends => "1;36",
    }
}

fn paint(text: &str, code: &str, colour: bool) -> String {
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}
