//! Figures and how they are printed: each beside what it is compared with, measured in the same run on the same machine.

use std::time::Duration;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    /// What stands beside it and its figure; empty where nothing can.
    pub(crate) beside: String,
    /// Ours divided by the other, or the other by ours where more is better, so that above 1 means slower or bigger.
    pub(crate) ratio: Option<f64>,
    /// The level to reach, and whether it is. Printed, never asserted: a busy machine is no fault.
    pub(crate) level: Option<(String, bool)>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, figure: impl Into<String>) -> Self {
        Self { what: what.into(), figure: figure.into(), beside: String::new(), ratio: None, level: None }
    }

    pub(crate) fn beside(mut self, beside: impl Into<String>, ratio: f64) -> Self {
        self.beside = beside.into();
        self.ratio = Some(ratio);
        self
    }

    pub(crate) fn level(mut self, level: impl Into<String>, is_reached: bool) -> Self {
        self.level = Some((level.into(), is_reached));
        self
    }
}

pub(crate) fn print(title: &str, rows: &[Row]) {
    let width = |cell: fn(&Row) -> &str| rows.iter().map(|row| cell(row).chars().count()).max().unwrap_or(0);
    let (what, figure, beside) = (width(|row| &row.what), width(|row| &row.figure), width(|row| &row.beside));
    println!("\n{title}");
    for row in rows {
        let ratio = row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}x"));
        let level = row.level.as_ref().map_or(String::new(), |(level, is_reached)| {
            format!("level {level}: {}", if *is_reached { "reached" } else { "MISSED" })
        });
        println!("  {:<what$}  {:>figure$}  {:<beside$}  {ratio:>8}  {level}", row.what, row.figure, row.beside);
    }
}

/// Times of single calls.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "nothing was measured");
        times.sort_unstable();
        Self(times)
    }

    /// The time that so many in a hundred calls stay under.
    pub(crate) fn percentile(&self, percent: f64) -> Duration {
        let at = (self.count() as f64 * percent / 100.0).ceil() as usize;
        self.0[at.clamp(1, self.count()) - 1]
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

pub(crate) fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.1} µs"),
        ..1_000_000.0 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}
