//! What is on record of permissions, as conditions over what is unknown of them (rulings.md 2.5).

use super::*;

impl Facts<'_> {
    pub(super) fn read_items(&mut self) {
        let situation = self.situation;
        let asked_on = self.asked_on();
        for (n, item) in situation.permissions.items.iter().enumerate() {
            let covers = self.maybe(item.covers.is(&"all".to_owned()), || format!("permissions[{n}].covers"));
            let stands = self.maybe(item.withdrawn.is(&false), || format!("permissions[{n}].withdrawn"));
            let live = match (&item.until, &asked_on) {
                (None, _) => YES,
                (Some(Known::Yes(until)), Asked::On(day)) => F::from(day <= until),
                (Some(Known::Yes(until)), Asked::Open(intervals)) => {
                    let days: Vec<F> = intervals
                        .iter()
                        .filter(|(last, _)| last.is_some_and(|l| l <= *until))
                        .map(|(_, f)| *f)
                        .collect();
                    days.into_iter().fold(NO, |sum, f| self.diagrams.or(sum, f))
                }
                (Some(Known::Unknown), _) => self.maybe(None, || format!("permissions[{n}].until")),
            };
            let counts = self.diagrams.and(covers, stands);
            let counts = self.diagrams.and(counts, live);
            let written = self.maybe(item.form.is(&"written".to_owned()), || format!("permissions[{n}].form"));
            let before = self.maybe(item.before.is(&true), || format!("permissions[{n}].before"));
            self.items.push(ItemConditions { counts, written, before });
        }
    }

    /// The day asked about; where it is unknown, the stretches between the last days of the permissions.
    fn asked_on(&mut self) -> Asked {
        let situation = self.situation;
        if let Known::Yes(day) = situation.asked_on {
            return Asked::On(day);
        }
        let mut lasts: Vec<_> = situation
            .permissions
            .items
            .iter()
            .filter_map(|item| match item.until {
                Some(Known::Yes(until)) => Some(until),
                _ => None,
            })
            .collect();
        lasts.sort();
        lasts.dedup();
        if lasts.is_empty() {
            return Asked::Open(vec![]);
        }
        let stretches = self.variable("asked_on".to_owned(), lasts.len() + 1, None);
        let conditions: Vec<F> = (0..=lasts.len()).map(|n| is_in(&mut self.diagrams, &stretches, 1 << n)).collect();
        Asked::Open(lasts.into_iter().map(Some).chain([None]).zip(conditions).collect())
    }

    fn maybe(&mut self, known: Option<bool>, path: impl FnOnce() -> String) -> F {
        match known {
            Some(yes) => F::from(yes),
            None => {
                let open = self.variable(path(), 2, None);
                is_in(&mut self.diagrams, &open, 0b10)
            }
        }
    }

    /// What is on record of one permission.
    pub(super) fn standing(&mut self, fact: FactId) -> Val {
        if self.items.is_empty() && !self.situation.permissions.is_open {
            return Val::Known(NONE);
        }
        if let Some(known) = self.standings.get(&fact) {
            return known.clone();
        }
        let val = match Slot::of_path(&self.vocabulary.facts[fact].path) {
            Some(slot) => self.standing_of(fact, &slot),
            None => Val::Known(NONE),
        };
        self.standings.insert(fact, val.clone());
        val
    }

    fn standing_of(&mut self, fact: FactId, slot: &Slot) -> Val {
        let situation = self.situation;
        let (mut any, mut written, mut before, mut both) = (NO, NO, NO, NO);
        for n in 0..situation.permissions.items.len() {
            let fits = self.fits(n, slot);
            let reached = self.reached(slot, &situation.permissions.items[n]);
            let d = &mut self.diagrams;
            let fits = d.and(fits, reached);
            let conditions = &self.items[n];
            let counts = d.and(fits, conditions.counts);
            let in_writing = d.and(counts, conditions.written);
            let in_time = d.and(counts, conditions.before);
            let in_both = d.and(in_writing, conditions.before);
            (any, written) = (d.or(any, counts), d.or(written, in_writing));
            (before, both) = (d.or(before, in_time), d.or(both, in_both));
        }
        let listed = self.by_quality([any, written, before, both]);
        if situation.permissions.is_open { self.or_more(fact, listed) } else { listed }
    }

    /// When a listed permission is of this giver, matter and person. What is unknown of it is one unknown for all that ask.
    fn fits(&mut self, n: usize, slot: &Slot) -> F {
        let situation = self.situation;
        let mut fits = YES;
        for (field, wanted, said) in slot.asks_of(&situation.permissions.items[n]) {
            let here = match said {
                Known::Yes(said) => F::from(said == wanted),
                Known::Unknown => self.names(n, field, wanted),
            };
            fits = self.diagrams.and(fits, here);
        }
        fits
    }

    /// When an unknown field of a listed permission has this value.
    fn names(&mut self, n: usize, field: &'static str, wanted: &str) -> F {
        let values = match field {
            "from" => GIVERS.to_vec(),
            "for" => MATTERS.to_vec(),
            _ => permission::concerned(self.vocabulary),
        };
        let Some(at) = values.iter().position(|value| *value == wanted) else { return NO };
        let open = match self.fields.get(&(n, field)) {
            Some(open) => open.clone(),
            None => self.variable(format!("permissions[{n}].{field}"), values.len(), None),
        };
        self.fields.insert((n, field), open.clone());
        is_in(&mut self.diagrams, &open, 1 << at)
    }

    /// A permission to use one's own phone for somebody counts where that person is the one to be reached.
    fn reached(&mut self, slot: &Slot, item: &permission::Item) -> F {
        let Some(Known::Yes(of)) = item.of.as_ref().filter(|_| slot.is_own_phone()) else {
            return YES;
        };
        let relation = if of == "staff" { "staff-member" } else { of };
        let fact = self.vocabulary.fact(&format!("target.relations.{relation}"));
        fact.map_or(YES, |fact| self.yes(fact))
    }

    /// The standing whose qualities hold under these four conditions.
    fn by_quality(&mut self, conditions: [F; 4]) -> Val {
        let mut parts = vec![NO; permission::STANDINGS];
        for n in 0..16u8 {
            let bits: [bool; 4] = std::array::from_fn(|bit| n & (1 << bit) != 0);
            let mut here = YES;
            for (condition, bit) in conditions.iter().zip(bits) {
                let part = if bit { *condition } else { self.diagrams.not(*condition) };
                here = self.diagrams.and(here, part);
            }
            let value = permission::standing(bits[0], bits[1], bits[2], bits[3]) as usize;
            parts[value] = self.diagrams.or(parts[value], here);
        }
        match parts.iter().position(|f| *f == YES) {
            Some(value) => Val::Known(value as u8),
            None => Val::Open(parts.into()),
        }
    }

    /// More permissions may exist than are listed: the listed standing, joined with one nobody knows.
    fn or_more(&mut self, fact: FactId, listed: Val) -> Val {
        let more = self.variable("permissions".to_owned(), permission::STANDINGS, Some(fact));
        let qualities = [Quality::Any, Quality::Written, Quality::Before, Quality::WrittenBefore];
        let conditions = qualities.map(|quality| {
            let a = is_in(&mut self.diagrams, &listed, quality.mask());
            let b = is_in(&mut self.diagrams, &more, quality.mask());
            self.diagrams.or(a, b)
        });
        self.by_quality(conditions)
    }
}
