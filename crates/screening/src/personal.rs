//! Personal data that is no name: phone, e-mail, postcode, address, numbers of a child, vehicle plates.
//!
//! Works on the folded text, so digits of any width are read. Numbers with a check digit are believed only when it fits;
//! a fitting shape with a wrong digit is asked about. Dates of birth are in `births`.

use std::sync::LazyLock;

use regex::{Match, Regex};

use crate::fold::Fold;
use crate::identifiers::{nhs_checks, ni_prefix_is_used, upn_checks};
use crate::near;
use crate::spans::Spans;
use crate::{Finding, Kind, Strength};

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
    PHONE_START = r"(?:\+|\b00) ?\(?44\)?|\(?\b0|\+[1-9]";
    DATE_SHAPE = r"^\d{1,2}[.\- ]\d{1,2}[.\- ](?:19|20)\d\d\b";
    EMAIL = r"[a-z0-9][a-z0-9._%+'\-]{0,63}@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+";
    EMAIL_DISGUISED = r"[a-z0-9][a-z0-9._\-]{0,63} ?(?:[\[({<] ?at ?[\])}>]) ?[a-z0-9\-]+(?: ?(?:\.|[\[({<] ?dot ?[\])}>]| dot ) ?[a-z0-9\-]+)+";
    EMAIL_SPOKEN = r"\b[a-z0-9][a-z0-9._\-]{0,63}(?: dot [a-z0-9\-]+)? at [a-z0-9\-]+(?: dot [a-z0-9\-]+)+\b";
    POSTCODE = r"\b([a-z]{1,2})([0-9][a-z0-9]?) {0,2}([0-9][a-z]{2})\b";
    ADDRESS = r"\b(?:flat \d{1,3}[a-z]?,? )?\d{1,4}[a-z]?,? (?:[a-z][a-z'\-]+ ){1,3}(?:road|rd|street|st|avenue|ave|lane|ln|close|drive|crescent|terrace|gardens|grove|way|place|court|hill|row|mews|square|walk|rise|view|green|park|croft|meadows?)\b";
    LIVES = r"\b(?:lives?|living|home is) (?:at|on|in|down) (?:[a-z0-9'\-]+ ){1,4}(?:road|rd|street|st|avenue|ave|lane|close|drive|crescent|terrace|gardens|grove|way|court|mews)\b";
    UPN = r"\b[a-hj-npqrt-z](?:[ \-]?[0-9]){11}[ \-]?[0-9a-hj-npqrt-z]\b";
    NHS = r"\b[0-9]{3}([ \-]?)[0-9]{3}[ \-]?[0-9]{4}\b";
    NI = r"\b([a-z])([a-z])[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[a-d]\b";
    PLATE = r"\b([a-hj-pr-y]{2})[0-9]{2} ?[a-hj-pr-z]{3}\b";
    PLATE_PREFIX = r"\b([a-hj-npr-tv-y])[0-9]{1,3} ?[a-hj-pr-z]{3}\b";
    PLATE_SUFFIX = r"\b[a-hj-pr-z]{3} ?[0-9]{1,3} ?[a-hj-npr-tv-y]\b";
    PLATE_OLD = r"\b(?:[a-z]{1,3} ?[0-9]{1,4}|[0-9]{1,4} ?[a-z]{1,3})\b";
}

/// Local parts of mailboxes that belong to an office and not to a person.
const OFFICES: &[&str] = &[
    "office",
    "admin",
    "info",
    "head",
    "headteacher",
    "enquiries",
    "enquiry",
    "contact",
    "hello",
    "school",
    "reception",
    "admissions",
    "mail",
    "secretary",
    "pta",
    "ptfa",
    "friends",
    "bursar",
    "finance",
    "help",
    "support",
    "news",
    "press",
    "safeguarding",
    "dsl",
    "governors",
    "clerk",
    "senco",
    "send",
    "no-reply",
    "noreply",
    "attendance",
    "events",
    "jobs",
];

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
const HOME_CUES: &[&str] =
    &["lives", "live", "home address", "my address", "address is", "address:", "house is", "home is", "moved to"];

/// Everything personal but names, in the order of the kinds; `names` are the pupils' names found.
pub(crate) fn find(fold: &Fold, names: &[Finding]) -> Vec<Finding> {
    let mut page = Page { fold, names, findings: Vec::new(), taken: Spans::default() };
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
        let mut from = start.saturating_sub(CUE_BYTES);
        while !self.plain().is_char_boundary(from) {
            from += 1;
        }
        let before = &self.plain()[from..start];
        cues.iter().any(|cue| {
            before.match_indices(cue).any(|(at, _)| {
                let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                !letter(before[..at].chars().next_back()) && !letter(before[at + cue.len()..].chars().next())
            })
        })
    }

    fn is_capital(&self, start: usize, end: usize) -> bool {
        let letters = (start..end).filter(|at| self.plain().as_bytes()[*at].is_ascii_lowercase());
        letters.into_iter().all(|at| self.fold.capital[at])
    }

    fn emails(&mut self) {
        if self.plain().contains('@') {
            for found in EMAIL.find_iter(self.plain()) {
                let handle = self.plain()[..found.start()].ends_with('@');
                let local = found.as_str().split('@').next().unwrap_or_default();
                let strength = if OFFICES.contains(&local) { Strength::Note } else { Strength::Stop };
                if !handle {
                    self.add(span(&found), Kind::Email, "address", strength);
                }
            }
        }
        if !self.plain().contains("at") {
            return;
        }
        for found in EMAIL_DISGUISED.find_iter(self.plain()).chain(EMAIL_SPOKEN.find_iter(self.plain())) {
            self.add(span(&found), Kind::Email, "disguised", Strength::Stop);
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
            if !named && (other || matches!(before, Some('+' | '.' | '-' | '/' | '£'))) {
                continue;
            }
            let strength = match (nhs_checks(&digits), named || !space.is_empty()) {
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
        let plain = self.plain();
        let mut from = 0;
        while let Some(found) = PHONE_START.find_at(plain, from) {
            from = found.end();
            let before = plain[..found.start()].chars().next_back();
            if matches!(before, Some('.' | ',' | '£' | '$' | ':' | '/' | '#' | '@'))
                || before.is_some_and(char::is_alphanumeric)
            {
                continue;
            }
            let Some((end, how, strength)) = phone(plain, found.start()) else {
                continue;
            };
            from = end;
            self.add((found.start(), end), Kind::Phone, how, strength);
        }
    }

    fn addresses(&mut self) {
        for found in ADDRESS.find_iter(self.plain()) {
            let home = self.has_cue(found.start(), HOME_CUES);
            if !home && !self.is_titled(&found) {
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
        let mut words = found.as_str()[number..].match_indices(' ').map(|(at, _)| found.start() + number + at + 1);
        words.all(|at| self.fold.capital[at])
    }

    fn homes(&mut self) {
        for found in LIVES.find_iter(self.plain()) {
            self.add(span(&found), Kind::Address, "home", Strength::Stop);
        }
    }

    fn postcodes(&mut self) {
        let address = self.findings.iter().any(|f| f.kind == Kind::Address && f.strength == Strength::Stop);
        for found in POSTCODE.captures_iter(self.plain()) {
            let (Some(whole), Some(area)) = (found.get(0), found.get(1)) else {
                continue;
            };
            let inward = &whole.as_str().as_bytes()[whole.len() - 2..];
            let never = area.as_str() != "zz" && inward.iter().any(|b| b"cikmov".contains(b));
            let is_area = !never && AREAS.contains(&format!(" {} ", area.as_str()));
            let typed = self.is_capital(whole.start(), whole.end()) || whole.as_str().contains(' ') && area.len() == 2;
            // `Y5 2nd` and `at 3pm` are no postcodes; ordinals and sizes are typed small.
            if !is_area || !typed {
                continue;
            }
            let named = near::shares_sentence(self.fold, whole.start(), whole.end(), self.names);
            let home = self.has_cue(whole.start(), HOME_CUES);
            let strength = if address || named || home { Strength::Stop } else { Strength::Ask };
            self.add(span(&whole), Kind::Postcode, "postcode", strength);
        }
    }

    fn plates(&mut self) {
        for found in PLATE.find_iter(self.plain()) {
            let cue = self.has_cue(found.start(), CAR_CUES);
            if cue || self.is_capital(found.start(), found.end()) {
                let strength = if cue || found.as_str().contains(' ') { Strength::Stop } else { Strength::Ask };
                self.add(span(&found), Kind::Plate, "current", strength);
            }
        }
        for found in PLATE_PREFIX.find_iter(self.plain()).chain(PLATE_SUFFIX.find_iter(self.plain())) {
            let digits = found.as_str().bytes().filter(u8::is_ascii_digit).count();
            // `Y5 ART` and `P7 BUS` are classes; three digits and no year group's letter are a car.
            let sure = digits == 3 && self.is_capital(found.start(), found.end());
            let cue = self.has_cue(found.start(), CAR_CUES);
            if cue || sure {
                let strength = if cue { Strength::Stop } else { Strength::Ask };
                self.add(span(&found), Kind::Plate, "older", strength);
            }
        }
        for found in PLATE_OLD.find_iter(self.plain()) {
            let cues = ["reg", "registration", "registration number", "plate", "number plate"];
            let typed = self.is_capital(found.start(), found.end()) && found.len() > 3;
            if typed && self.has_cue(found.start(), &cues) {
                self.add(span(&found), Kind::Plate, "dateless", Strength::Ask);
            }
        }
    }
}

fn span(found: &Match) -> (usize, usize) {
    (found.start(), found.end())
}

/// Reads a telephone number that begins at `start`: its end, its form, and what it is worth.
fn phone(plain: &str, start: usize) -> Option<(usize, &'static str, Strength)> {
    if DATE_SHAPE.is_match(&plain[start..]) {
        return None;
    }
    let (digits, ends) = digits_from(plain, start);
    let abroad = plain[start..].starts_with('+') || digits.starts_with("00");
    let code = if digits.starts_with("00") { 2 } else { 0 };
    if abroad && !digits[code..].starts_with("44") {
        let fits = (9..=15).contains(&(digits.len() - code)) && plain[start..].starts_with('+');
        return fits.then(|| (ends[ends.len() - 1], "abroad", Strength::Ask));
    }
    let skip = if abroad { code + 2 + usize::from(digits[code + 2..].starts_with('0')) } else { 1 };
    let national = digits.get(skip..)?;
    let (kind, strength) = match national.as_bytes().first()? {
        b'7' => ("mobile", Strength::Stop),
        b'1' | b'2' => ("landline", Strength::Ask),
        b'3' | b'8' | b'9' => ("public", Strength::Note),
        _ => return None,
    };
    let shorter = kind == "public" && national.starts_with("80") || national.starts_with('1');
    let lengths = if shorter { [10, 9] } else { [10, 10] };
    let length = lengths.into_iter().find(|length| {
        let last = skip + length;
        let more = plain[ends.get(last - 1).copied().unwrap_or(0)..].chars().next();
        ends.len() >= last && !more.is_some_and(char::is_alphanumeric) && (*length == 10 || ends.len() == last)
    })?;
    Some((ends[skip + length - 1], kind, strength))
}

/// The digits from `start` on across single separators, and the byte after each.
fn digits_from(plain: &str, start: usize) -> (String, Vec<usize>) {
    let (mut digits, mut ends, mut separators) = (String::new(), Vec::new(), 0);
    for (at, c) in plain[start..].char_indices() {
        match c {
            '0'..='9' => {
                digits.push(c);
                ends.push(start + at + 1);
                separators = 0;
            }
            '+' if at == 0 => {}
            ' ' | '(' | ')' | '.' | '-' if separators < 3 => separators += 1,
            _ => break,
        }
        if ends.len() > 18 {
            break;
        }
    }
    (digits, ends)
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
