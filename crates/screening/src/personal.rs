//! Personal data that is no name: phone, e-mail, postcode, address, numbers of a child, vehicle plates.
//!
//! Works on the folded text, so digits of any width are read. Numbers with a check digit are believed only when it fits;
//! a fitting shape with a wrong digit is asked about. Dates of birth are in `births`.

use std::sync::LazyLock;

use regex::{Match, Regex};

use crate::fold::Fold;
use crate::identifiers::{nhs_checks, ni_prefix_is_used, upn_checks};
use crate::mails::{self, Mailbox};
use crate::spans::Spans;
use crate::{Finding, Kind, Strength};
use crate::{lists, near, phones};

/// How far before a number a word that explains it may stand, in bytes of the folded text.
const CUE_BYTES: usize = 30;

pub(crate) fn pattern(text: &str) -> Regex {
    // The patterns are compiled in; every one is used by the cases of `cases.toml`.
    Regex::new(text).unwrap_or_else(|refused| panic!("a shipped pattern cannot be read: {refused}"))
}

macro_rules! patterns {
    ($($name:ident = $text:expr;)*) => { $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)* };
}

patterns! {
    POSTCODE = r"\b([a-z]{1,2})([0-9][a-z0-9]?)( {0,2}|[\n\-])([0-9][a-z]{2})\b";
    GIRO = r"\bgir(?: {0,2}|[\n\-])0aa\b";
    ADDRESS = r"\b(?:(?:flat|apartment|apt|unit) \d{1,3}[a-z]?,? )?(?:(?:flat|apartment|number|no\.?) )?\d{1,4}[a-z]?(?: ?[\-/] ?\d{1,4}[a-z]?)?,? (?:(?:st\. |[a-z][a-z'\-]+[ \n]){1,3}(?:road|rd|street|st|avenue|ave|boulevard|lane|ln|close|drive|crescent|terrace|gardens|grove|parade|way|place|court|hill|row|mews|square|walk|rise|view|green|park|croft|meadows?)|(?:broadway|kingsway|queensway|quayside|embankment))\b";
    LIVES = r"\b(?:lives?|living|home is) (?:at|on|in|down) ((?:st\. |[a-z0-9'\-]+,? ){1,5}(?:road|rd|street|st|avenue|ave|boulevard|lane|close|drive|crescent|terrace|gardens|grove|parade|way|court|mews))\b";
    UPN = r"\b[a-hj-npqrt-z](?:[ \-]?[0-9]){11}[ \-]?[0-9a-hj-npqrt-z]\b";
    NHS = r"\b[0-9]{3}([ \-.]?)[0-9]{3}[ \-.]?[0-9]{4}\b";
    NI = r"\b([a-z])([a-z])[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[a-d]\b";
    PLATE = r"\b[a-hj-pr-y]{2}[0-9]{2}[ \-]?([a-hj-pr-z]{3})\b";
    PLATE_PREFIX = r"\b[a-hj-npr-tv-y][0-9]{1,3}[ \-]?([a-hj-pr-z]{3})\b";
    PLATE_SUFFIX = r"\b([a-hj-pr-z]{3})[ \-]?[0-9]{1,3} ?[a-hj-npr-tv-y]\b";
    PLATE_OLD = r"\b[a-z]{1,3} ?[0-9]{1,4}\b";
    PLATE_OLD_FIGURES_FIRST = r"\b[0-9]{1,4} ?[a-z]{1,3}\b";
}

/// The areas in which postcodes begin, and ZZ of the pseudo codes.
const AREAS: &str = " ab al b ba bb bd bh bl bn br bs bt ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec eh en ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze zz ";

const CAR_CUES: &[&str] = &[
    "reg",
    "registration",
    "plate",
    "number plate",
    "vehicle",
    "car",
    "van",
    "parked",
    "parking",
    "driver",
    "driving",
];
const REG_CUES: &[&str] = &["reg", "registration", "registration number", "plate", "number plate"];
const HOME_CUES: &[&str] =
    &["lives", "live", "home address", "my address", "address is", "address:", "house is", "home is", "moved to"];

/// Words that stand in no street's name: `5 Mile Walk`, `3 Little Pigs Place`.
const NO_STREET: &[&str] = &[
    "class", "classes", "mile", "miles", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "year",
    "years", "metre", "metres", "km", "book", "books", "team", "teams", "children", "pupils", "little", "pigs", "dogs",
];
/// Words between `lives on` and a street's kind that make it no street: `in the road`, `by our park`.
const NO_NAME: &[&str] = &["the", "a", "an", "our", "this", "that", "their", "your", "my", "his", "her", "big", "busy"];
/// What follows a figure in a class's or a list's name and looks like the end of a postcode: `Y5 2nd`, `L3 4xl`.
const NO_INWARD: &[&str] =
    &["nd", "st", "rd", "th", "xl", "xs", "hr", "hz", "gb", "ft", "yr", "yd", "lb", "ad", "px", "ds"];
const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Everything personal but names, in the order of the kinds; `spaced` is the same text without `_`, `names` are the pupils'
/// names found.
pub(crate) fn find(fold: &Fold, spaced: &Fold, names: &[Finding]) -> Vec<Finding> {
    let mut page = Page { fold, spaced, names, findings: Vec::new(), taken: Spans::default() };
    page.emails();
    if fold.plain.bytes().any(|b| b.is_ascii_digit()) {
        page.upns();
        page.nhs_numbers();
        page.ni_numbers();
        page.phones();
        page.addresses();
        page.postcodes();
        page.plates();
    }
    page.homes();
    page.findings
}

struct Page<'a> {
    fold: &'a Fold,
    spaced: &'a Fold,
    names: &'a [Finding],
    findings: Vec<Finding>,
    taken: Spans,
}

impl<'a> Page<'a> {
    fn plain(&self) -> &'a str {
        &self.fold.plain
    }

    /// Adds a finding unless an earlier one covers the place.
    fn add(&mut self, place: (usize, usize), kind: Kind, how: &'static str, strength: Strength) {
        let (start, end) = self.fold.home(place.0, place.1);
        if self.taken.take(start, end) {
            let say = say(kind, strength).to_owned();
            self.findings.push(Finding { start, end, kind, person: None, how, strength, say });
        }
    }

    fn has_cue(&self, start: usize, cues: &[&str]) -> bool {
        near::has_one_of(near::just_before(self.plain(), start, CUE_BYTES), cues)
    }

    fn is_capital(&self, start: usize, end: usize) -> bool {
        let mut letters = (start..end).filter(|at| self.plain().as_bytes()[*at].is_ascii_lowercase());
        letters.all(|at| self.fold.capital[at])
    }

    fn emails(&mut self) {
        for (place, how, mailbox) in mails::find(self.plain()) {
            let strength = if mailbox == Mailbox::Office { Strength::Note } else { Strength::Stop };
            self.add(place, Kind::Email, how, strength);
        }
    }

    fn upns(&mut self) {
        for found in UPN.find_iter(self.plain()) {
            let upn: Vec<u8> =
                found.as_str().bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase()).collect();
            let (how, strength) =
                if upn_checks(&upn) { ("check-letter", Strength::Stop) } else { ("shape", Strength::Ask) };
            self.add(span(&found), Kind::Upn, how, strength);
        }
    }

    fn nhs_numbers(&mut self) {
        for found in NHS.captures_iter(self.plain()) {
            let (Some(whole), Some(space)) = (found.get(0), found.get(1)) else {
                continue;
            };
            let digits: Vec<u8> = whole.as_str().bytes().filter(u8::is_ascii_digit).collect();
            let named = self.has_cue(whole.start(), &["nhs", "nhs number", "nhs no", "health number"]);
            let other = digits[0] == b'0' || self.has_cue(whole.start(), &["isbn", "tel", "phone", "barcode"]);
            let before = self.plain()[..whole.start()].chars().next_back();
            // Full stops part the figures of a version or a sum as well.
            let stops = whole.as_str().contains('.');
            if !named && (other || stops || matches!(before, Some('+' | '.' | '-' | '/' | '£'))) {
                continue;
            }
            let strength = match (nhs_checks(&digits), named || !space.is_empty()) {
                (true, true) if stops => Strength::Ask,
                (true, true) => Strength::Stop,
                (true, false) => Strength::Ask,
                (false, _) if named => Strength::Ask,
                (false, _) => continue,
            };
            let how = if nhs_checks(&digits) { "check-digit" } else { "shape" };
            self.add(span(&whole), Kind::NhsNumber, how, strength);
        }
    }

    fn ni_numbers(&mut self) {
        for found in NI.find_iter(self.plain()) {
            let bytes = found.as_str().as_bytes();
            let named = self.has_cue(found.start(), &["ni", "nino", "national insurance", "insurance"]);
            if ni_prefix_is_used(bytes[0], bytes[1]) {
                self.add(span(&found), Kind::NiNumber, "prefix", Strength::Stop);
            } else if named {
                self.add(span(&found), Kind::NiNumber, "shape", Strength::Ask);
            }
        }
    }

    fn phones(&mut self) {
        for phone in phones::find(&self.spaced.plain) {
            if phone.how != "landline" || !self.has_cue(phone.start, &["isbn"]) {
                self.add((phone.start, phone.end), Kind::Phone, phone.how, phone.strength);
            }
        }
    }

    fn addresses(&mut self) {
        for found in ADDRESS.find_iter(self.plain()) {
            let home = self.has_cue(found.start(), HOME_CUES);
            let words = || found.as_str().split([' ', '\n']);
            let is_street = words().nth(2).is_some() && !words().any(|word| NO_STREET.contains(&word));
            let is_meant = home || is_street && self.is_titled(&found);
            if !is_meant || found.as_str().contains('\n') && !self.is_titled(&found) {
                continue;
            }
            let named = near::shares_sentence(self.fold, found.start(), found.end(), self.names);
            let rest = &self.plain()[found.end()..];
            let with_postcode = POSTCODE
                .find(rest)
                .is_some_and(|code| code.start() < CUE_BYTES && !rest[..code.start()].contains('\n'));
            let strength = if home || named || with_postcode { Strength::Stop } else { Strength::Ask };
            self.add(span(&found), Kind::Address, "street", strength);
        }
    }

    /// Whether every word after the number begins with a capital: `12 Acacia Avenue`.
    fn is_titled(&self, found: &Match) -> bool {
        let number = found.as_str().rfind(|c: char| c.is_ascii_digit()).unwrap_or(0);
        let gaps = found.as_str()[number..].match_indices([' ', '\n']);
        let mut words = gaps.map(|(at, _)| found.start() + number + at + 1);
        words.all(|at| self.fold.capital[at])
    }

    fn homes(&mut self) {
        for found in LIVES.captures_iter(self.plain()) {
            let Some(home) = found.get(1) else { continue };
            let words: Vec<&str> = home.as_str().split(' ').collect();
            let typed = self.fold.capital[home.end() - words[words.len() - 1].len()];
            let nameless = NO_NAME.contains(&words[words.len() - 2]) || home.as_str().contains(',');
            if typed || !nameless {
                self.add(span(&home), Kind::Address, "home", Strength::Stop);
            }
        }
    }

    fn postcodes(&mut self) {
        let address = self.findings.iter().any(|f| f.kind == Kind::Address && f.strength == Strength::Stop);
        let plain = self.plain();
        let coded = POSTCODE.captures_iter(plain).filter_map(|found| {
            let (whole, area) = (found.get(0)?, found.get(1)?);
            self.is_postcode(&whole, area.as_str()).then_some(whole)
        });
        // The one code that has no district: a bank's, and of old.
        let found: Vec<Match> = coded.chain(GIRO.find_iter(plain)).collect();
        for code in found {
            let named = near::shares_sentence(self.fold, code.start(), code.end(), self.names);
            let home = self.has_cue(code.start(), HOME_CUES);
            let strength = if address || named || home { Strength::Stop } else { Strength::Ask };
            self.add(span(&code), Kind::Postcode, "postcode", strength);
        }
    }

    fn is_postcode(&self, whole: &Match, area: &str) -> bool {
        let inward = &whole.as_str()[whole.len() - 2..];
        let never = area != "zz" && inward.contains(['c', 'i', 'k', 'm', 'o', 'v']);
        // No district is written with a nought first: `bl00dy`.
        let never = never || whole.as_str()[area.len()..].starts_with('0');
        let is_area = !never && AREAS.contains(&format!(" {area} "));
        is_area && self.is_typed_as_postcode(whole, area.len(), inward)
    }

    /// In capitals, or small where `Y5 2nd`, `at 3pm` and other words with figures cannot be meant.
    fn is_typed_as_postcode(&self, whole: &Match, area_letters: usize, inward: &str) -> bool {
        let text = whole.as_str();
        let hashed = self.plain()[..whole.start()].ends_with('#');
        let is_together = !text.contains([' ', '-', '\n']);
        let small =
            !hashed && !text.contains('\n') && !NO_INWARD.contains(&inward) && (area_letters == 2 || !is_together);
        self.is_capital(whole.start(), whole.end()) || small
    }

    fn plates(&mut self) {
        let is_shouted = !(0..self.plain().len())
            .any(|at| self.plain().as_bytes()[at].is_ascii_lowercase() && !self.fold.capital[at]);
        for found in PLATE.captures_iter(self.plain()) {
            let (Some(whole), Some(letters)) = (found.get(0), found.get(1)) else { continue };
            let cue = self.has_cue(whole.start(), CAR_CUES);
            let is_word = is_shouted && lists::is_ordinary(letters.as_str().as_bytes());
            if cue || !is_word && self.is_capital(whole.start(), whole.end()) {
                let strength = if cue || whole.as_str().contains(' ') { Strength::Stop } else { Strength::Ask };
                self.add(span(&whole), Kind::Plate, "current", strength);
            }
        }
        for found in PLATE_PREFIX.captures_iter(self.plain()).chain(PLATE_SUFFIX.captures_iter(self.plain())) {
            let (Some(whole), Some(letters)) = (found.get(0), found.get(1)) else { continue };
            let digits = whole.as_str().bytes().filter(u8::is_ascii_digit).count();
            // `Y5 ART` and `P7 BUS` are classes, `THE 100M` a race; three digits and no year group's letter are a car.
            let is_word = lists::is_ordinary(letters.as_str().as_bytes());
            let sure = digits == 3 && !is_word && self.is_capital(whole.start(), whole.end());
            let cue = self.has_cue(whole.start(), CAR_CUES);
            if cue || sure {
                let strength = if cue { Strength::Stop } else { Strength::Ask };
                self.add(span(&whole), Kind::Plate, "older", strength);
            }
        }
        self.dateless_plates();
    }

    fn dateless_plates(&mut self) {
        for found in PLATE_OLD.find_iter(self.plain()).chain(PLATE_OLD_FIGURES_FIRST.find_iter(self.plain())) {
            let letters = found.as_str().trim_matches(|c: char| !c.is_ascii_alphabetic());
            let is_word = lists::is_ordinary(letters.as_bytes()) || MONTHS.contains(&letters);
            let registered = self.has_cue(found.start(), REG_CUES);
            let of_car = letters.len() == 3 && !is_word && self.has_cue(found.start(), &["car", "van"]);
            let typed = self.is_capital(found.start(), found.end()) && found.len() > 3;
            if typed && (registered || of_car) {
                self.add(span(&found), Kind::Plate, "dateless", Strength::Ask);
            }
        }
    }
}

fn span(found: &Match) -> (usize, usize) {
    (found.start(), found.end())
}

fn say(kind: Kind, strength: Strength) -> &'static str {
    match (kind, strength) {
        (Kind::Phone, Strength::Note) => "this is a public telephone number: nothing to do if it is meant to be called",
        (Kind::Phone, Strength::Ask) => "this is a telephone number: keep it only if it is the school's own",
        (Kind::Phone, _) => "this is a mobile number, which belongs to a person: take it out",
        (Kind::Email, Strength::Note) => "this is an office mailbox: nothing to do if it is meant to be written to",
        (Kind::Email, _) => "this is somebody's e-mail address: take it out, or give the office's",
        (Kind::Postcode, Strength::Ask) => "this is a postcode: keep it only if it is a public place",
        (Kind::Postcode, _) => "this postcode tells where somebody lives: take it out",
        (Kind::Address, Strength::Ask) => "this is a street address: keep it only if it is a public place",
        (Kind::Address, _) => "this tells where somebody lives: take it out",
        (Kind::Upn, Strength::Stop) => "this is a unique pupil number: take it out",
        (Kind::Upn, _) => {
            "this looks like a unique pupil number, though its check letter is wrong: take it out if it is one"
        }
        (Kind::NhsNumber, Strength::Stop) => "this is an NHS number: take it out",
        (Kind::NhsNumber, _) => "this may be an NHS number: take it out if it is one",
        (Kind::NiNumber, Strength::Stop) => "this is a National Insurance number: take it out",
        (Kind::NiNumber, _) => "this may be a National Insurance number: take it out if it is one",
        (Kind::Plate, Strength::Stop) => "this is a vehicle's number plate: take it out",
        _ => "this may be a vehicle's number plate: take it out if it is one",
    }
}
