//! The shipped policies side by side, on one list of cases.
//!
//! For: whoever chooses a policy to begin with, or wants to know how others answer. Promises: every answer is asked of the policy
//! itself, when the page is first opened; the cases are data (`policies/side-by-side.json`). Does not: say which policy is better.

pub mod pages;

use std::sync::{Arc, OnceLock};

use jiff::civil::{Date, date};
use rulebook::{Policy, Ruling, Situation, Verdict};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::policies::{self, packs};

/// The day on which all cases are asked; no permission in them runs out.
const ASKED_ON: Date = date(2026, 9, 1);

/// One case as it stands in the list.
#[derive(Deserialize)]
struct Listed {
    id: String,
    topic: String,
    ask: String,
    situation: Value,
}

/// One case.
pub struct Case {
    /// Its name in an address.
    pub id: String,
    pub topic: String,
    pub ask: String,
    pub situation: Situation,
}

/// A case with the verdict of each pack, in the order of [`packs::NAMES`].
pub struct Row {
    pub case: Case,
    pub verdicts: Vec<Verdict>,
}

/// All cases with their answers, worked out once for the life of the program: shipped packs do not change.
pub async fn rows() -> Result<Arc<Vec<Row>>> {
    static ROWS: OnceLock<Arc<Vec<Row>>> = OnceLock::new();
    if let Some(rows) = ROWS.get() {
        return Ok(Arc::clone(rows));
    }
    let made = tokio::task::spawn_blocking(answered).await;
    let rows = made.map_err(|error| Error::fault("answering the list of cases", error))??;
    Ok(Arc::clone(ROWS.get_or_init(|| Arc::new(rows))))
}

fn answered() -> Result<Vec<Row>> {
    let policies = packs::NAMES.iter().map(|name| policies::shipped(name)).collect::<Result<Vec<_>>>()?;
    let row = |case: Case| {
        let verdicts = policies.iter().map(|policy| policy.rule(&case.situation).verdict).collect();
        Row { case, verdicts }
    };
    Ok(cases()?.into_iter().map(row).collect())
}

fn cases() -> Result<Vec<Case>> {
    let doing = "reading the list of cases";
    let file = packs::side_by_side_file().ok_or_else(|| Error::fault(doing, "it is missing from the program"))?;
    let listed: Vec<Listed> = serde_json::from_str(&file.text).map_err(|error| Error::fault(doing, error))?;
    let vocabulary = policies::vocabulary()?;
    let read = |listed: Listed| {
        let text = listed.situation.to_string();
        let batch = Situation::read_json(vocabulary, &listed.id, &text, ASKED_ON);
        let batch = batch.map_err(|faults| {
            Error::fault(doing, faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        let situation = batch.situations.into_iter().next().ok_or(Error::NotFound)?;
        Ok(Case { id: listed.id, topic: listed.topic, ask: listed.ask, situation })
    };
    listed.into_iter().map(read).collect()
}

/// What one pack says about one case, with the pack.
pub async fn ruling(case: &str, pack: &str) -> Result<(String, Situation, Arc<Policy>, Ruling)> {
    let policy = policies::shipped(pack)?;
    let rows = rows().await?;
    let case = rows.iter().map(|row| &row.case).find(|known| known.id == case).ok_or(Error::NotFound)?;
    let ruling = policy.rule(&case.situation);
    Ok((case.ask.clone(), case.situation.clone(), policy, ruling))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_is_listed_once_and_can_be_asked() {
        let rows = answered().expect("the list reads");
        let ids: BTreeSet<&str> = rows.iter().map(|row| row.case.id.as_str()).collect();
        assert_eq!((ids.len(), rows.len() > 40), (rows.len(), true));
        assert!(rows.iter().all(|row| row.verdicts.len() == packs::NAMES.len()));
    }

    #[test]
    fn the_packs_say_what_the_comparison_of_their_texts_says() {
        let rows = answered().expect("the list reads");
        let check = |id: &str, expect: [Verdict; 5]| {
            let row = rows.iter().find(|row| row.case.id == id).expect("a case of the list");
            assert_eq!(row.verdicts, expect, "{id}: {}", row.case.ask);
        };
        use Verdict::{AdvisedAgainst, Allowed, Caution, Depends, MustNot, NotCovered, ShouldNot};
        check("b1", [AdvisedAgainst, MustNot, MustNot, MustNot, ShouldNot]);
        check("b5a", [Allowed, MustNot, NotCovered, Allowed, NotCovered]);
        check("b5u", [Depends, MustNot, Depends, Depends, Depends]);
        check("b7", [AdvisedAgainst, MustNot, NotCovered, Caution, NotCovered]);
    }
}
