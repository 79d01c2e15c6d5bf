//! Places already spoken for, so that nothing is said twice and a long text stays quick.

use std::collections::BTreeMap;

use crate::Finding;

/// Spans without overlap, by start.
#[derive(Default)]
pub(crate) struct Spans(BTreeMap<u32, u32>);

impl Spans {
    pub(crate) fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Spans {
        let mut spans = Spans::default();
        for finding in findings {
            spans.take(finding.start, finding.end);
        }
        spans
    }

    pub(crate) fn touches(&self, start: u32, end: u32) -> bool {
        self.0.range(..end).next_back().is_some_and(|(_, taken_end)| *taken_end > start)
    }

    /// Takes the span unless it touches one taken before.
    pub(crate) fn take(&mut self, start: u32, end: u32) -> bool {
        let is_free = !self.touches(start, end);
        if is_free {
            self.0.insert(start, end);
        }
        is_free
    }
}

/// Spans of any overlap, asked only whether one of them covers a place.
pub(crate) struct Covers {
    starts: Vec<usize>,
    /// The furthest end of the spans up to here.
    furthest: Vec<usize>,
}

impl Covers {
    pub(crate) fn of(mut spans: Vec<(usize, usize)>) -> Covers {
        spans.sort_unstable();
        let mut furthest = 0;
        let furthest = spans
            .iter()
            .map(|(_, end)| {
                furthest = furthest.max(*end);
                furthest
            })
            .collect();
        Covers { starts: spans.into_iter().map(|(start, _)| start).collect(), furthest }
    }

    pub(crate) fn covers(&self, start: usize, end: usize) -> bool {
        let before = self.starts.partition_point(|first| *first <= start);
        before > 0 && self.furthest[before - 1] >= end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_taken_once_and_covered_wholly() {
        let mut spans = Spans::default();
        assert!(spans.take(3, 6) && !spans.take(5, 8) && !spans.take(0, 4) && spans.take(6, 8) && spans.take(0, 3));
        let covers = Covers::of(vec![(4, 9), (1, 20), (30, 31)]);
        assert!(covers.covers(5, 12) && covers.covers(30, 31) && !covers.covers(0, 2) && !covers.covers(19, 31));
    }
}
