//! The facts that the contract itself names (rulings.md, section 2), found once.
//!
//! For: derived defaults, the freedom rule, protected contact and the routing of duties, which are the contract's and not
//! any school's. Promises: a vocabulary that lacks one of them is refused. Does not: hold values.

use crate::vocabulary::{Domain, Fact, FactId};
use std::collections::HashMap;

/// Facts, and sets of values as bits.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    pub(crate) capacity: FactId,
    pub(crate) private: u128,
    official: u8,
    private_value: u8,
    account: FactId,
    owner: FactId,
    connection: FactId,
    pub(crate) employed: FactId,
    pub(crate) employed_roles: Vec<FactId>,
    pub(crate) time: FactId,
    pub(crate) outside: u128,
    pub(crate) at_work: FactId,
    pub(crate) better_in_person: FactId,
    pub(crate) refers_to_pupil: FactId,
    pub(crate) school_related: FactId,
    pub(crate) topic: FactId,
    pub(crate) general: u128,
    pub(crate) family: FactId,
    pub(crate) social: FactId,
    pub(crate) source: FactId,
    pub(crate) school_public: u128,
    pub(crate) released: FactId,
    pub(crate) school_publication: FactId,
    pub(crate) mentions: Vec<FactId>,
    /// Whoever is referred to or shown, except oneself, an own child and people with no tie to the school.
    pub(crate) school_people: Vec<FactId>,
    pub(crate) purpose: FactId,
    pub(crate) own_employment: u128,
    pub(crate) protected_disclosure: u128,
    /// Trade union, professional body, lawyer.
    pub(crate) advisers: Vec<FactId>,
    /// People to whom a concern may always be told.
    pub(crate) always_told: Vec<FactId>,
    pub(crate) about_recipient: FactId,
    pub(crate) from_child: FactId,
    values: HashMap<&'static str, u8>,
}

impl Ids {
    /// # Errors
    /// The path of the first fact that is missing.
    pub(crate) fn find(facts: &[Fact], by_path: &HashMap<String, FactId>) -> Result<Ids, String> {
        let fact = |path: &str| by_path.get(path).copied().ok_or_else(|| path.to_owned());
        let value = |path: &str, value: &str| match &facts[fact(path)?].domain {
            Domain::List(values) => {
                values.iter().position(|v| v == value).map(|n| n as u8).ok_or_else(|| format!("{path} = {value}"))
            }
            _ => Err(path.to_owned()),
        };
        let mask = |path: &str, name: &str| value(path, name).map(|n| 1u128 << n);
        let all = |paths: &[&str]| paths.iter().map(|path| fact(path)).collect::<Result<Vec<_>, _>>();
        let below = |prefix: &str, but: &[&str]| -> Vec<FactId> {
            let member = |fact: &Fact| fact.path.strip_prefix(prefix).map(|name| !but.contains(&name));
            (0..facts.len()).filter(|id| member(&facts[*id]) == Some(true)).collect()
        };
        let strangers = ["self", "own-child", "other-person"];
        let mut school_people = below("content.refers_to.", &strangers);
        school_people.extend(below("content.shows.", &strangers));
        Ok(Ids {
            capacity: fact("capacity")?,
            private: mask("capacity", "private")?,
            official: value("capacity", "official")?,
            private_value: value("capacity", "private")?,
            account: fact("account")?,
            owner: fact("device.owner")?,
            connection: fact("connection")?,
            employed: fact("actor.employed")?,
            employed_roles: all(&EMPLOYED)?,
            time: fact("time")?,
            outside: mask("time", "outside")?,
            at_work: fact("at_work")?,
            better_in_person: fact("content.better_in_person")?,
            refers_to_pupil: fact("content.refers_to.pupil")?,
            school_related: fact("school_related")?,
            topic: fact("topic")?,
            general: mask("topic", "general")?,
            family: fact("service.family")?,
            social: fact("social")?,
            source: fact("content.source")?,
            school_public: mask("content.source", "school-public")?,
            released: fact("content.released")?,
            school_publication: fact("content.mentions.school-publication")?,
            mentions: below("content.mentions.", &[]),
            school_people,
            purpose: fact("purpose")?,
            own_employment: mask("purpose", "own-employment")?,
            protected_disclosure: mask("purpose", "protected-disclosure")?,
            advisers: all(&[
                "target.relations.union",
                "target.relations.professional-body",
                "target.relations.lawyer",
            ])?,
            always_told: all(&ALWAYS_TOLD)?,
            about_recipient: fact("concern.about_recipient")?,
            from_child: fact("concern.from_child")?,
            values: HashMap::from([
                ("account.official", value("account", "official")?),
                ("account.personal", value("account", "personal")?),
                ("owner.school", value("device.owner", "school")?),
                ("owner.own", value("device.owner", "own")?),
                ("connection.mutual", value("connection", "mutual")?),
                ("connection.one-way", value("connection", "one-way")?),
                ("connection.none", value("connection", "none")?),
            ]),
        })
    }

    /// Defaults that the act alone decides.
    pub(crate) fn by_act(&self, act: &str) -> [(FactId, u8); 4] {
        let publishes = act == "publish";
        let connection = match act {
            "follow" => "connection.one-way",
            _ if act.starts_with("connect-") => "connection.mutual",
            _ => "connection.none",
        };
        [
            (self.capacity, if publishes { self.official } else { self.private_value }),
            (self.account, self.values[if publishes { "account.official" } else { "account.personal" }]),
            (self.owner, self.values[if act == "use-equipment" { "owner.school" } else { "owner.own" }]),
            (self.connection, self.values[connection]),
        ]
    }
}

/// Roles whose holders are employed unless something else is given.
const EMPLOYED: [&str; 6] = [
    "actor.roles.teacher",
    "actor.roles.teaching-assistant",
    "actor.roles.support-staff",
    "actor.roles.headteacher",
    "actor.roles.senior-leader",
    "actor.roles.dsl",
];

/// Rule 8: telling one of these of a concern is allowed everywhere.
const ALWAYS_TOLD: [&str; 4] = [
    "target.relations.dsl",
    "target.relations.headteacher",
    "target.relations.senior-leader",
    "target.relations.authority",
];

impl Ids {
    /// Whether the contract itself looks at this fact, beside any rule (rule 8: protected contact, whom to tell).
    pub(crate) fn decides_alone(&self, fact: FactId) -> bool {
        fact == self.purpose || self.advisers.contains(&fact) || self.always_told.contains(&fact)
    }

    /// The sets of values that the contract itself tells apart.
    pub(crate) fn contract_masks(&self, fact: FactId) -> Vec<u128> {
        let all = [
            (self.purpose, self.own_employment),
            (self.purpose, self.protected_disclosure),
            (self.time, self.outside),
            (self.capacity, self.private),
            (self.topic, self.general),
            (self.source, self.school_public),
        ];
        all.into_iter().filter(|(of, _)| *of == fact).map(|(_, mask)| mask).collect()
    }

    /// Which derived facts come from which others.
    pub(crate) fn sources(&self) -> Vec<(Vec<FactId>, FactId)> {
        let related =
            self.mentions.iter().chain(&self.school_people).copied().chain([self.capacity, self.topic, self.source]);
        vec![
            (self.employed_roles.clone(), self.employed),
            (vec![self.time], self.at_work),
            (vec![self.refers_to_pupil], self.better_in_person),
            (related.collect(), self.school_related),
            (vec![self.source], self.released),
            (vec![self.source], self.school_publication),
            (vec![self.family], self.social),
        ]
    }
}
