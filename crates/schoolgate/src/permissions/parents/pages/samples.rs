//! The pages of families, filled.

use store::SchoolId;
use uuid::Uuid;

use super::{Choice, GonePage, LetterPage, ReceiptPage, Say, check_page, form_page, receipt_page, say};
use crate::error::Result;
use crate::people::accounts::Carried;
use crate::people::accounts::token::Token;
use crate::permissions::Purpose;
use crate::permissions::decision::Decision;
use crate::permissions::parents::links::{FormView, Wanted};
use crate::permissions::parents::receipts::Receipt;
use crate::permissions::purpose::USUAL;
use crate::web::Sample;
use crate::web::forms::FormErrors;
use crate::web::layout::Frame;

pub(super) fn all() -> Result<Vec<Sample>> {
    Ok([before()?, form()?, after()?].into_iter().flatten().collect())
}

fn english() -> Result<Say> {
    say(&Choice::default())
}

fn arabic() -> Result<Say> {
    say(&Choice { language: "ar".into(), print: "large".into() })
}

fn titled(say: &Say, key: &str) -> Frame {
    Frame::sample(&say.get(key))
}

fn before() -> Result<Vec<Sample>> {
    let (one, two, three, four) = (english()?, arabic()?, english()?, english()?);
    let errors = FormErrors::one("code", one.get("wrong"));
    let letter = LetterPage { frame: titled(&one, "title_letter").with_errors(errors), say: one };
    let born = check_page(titled(&two, "title_check"), two, "/answer/0".into(), Wanted::BirthDate);
    let coded = check_page(titled(&three, "title_check"), three, "/answer/0".into(), Wanted::Code);
    let gone = GonePage { frame: titled(&four, "title_gone"), say: four };
    Ok(vec![
        Sample::of("permissions/parents/letter.html wrong", &letter),
        Sample::of("permissions/parents/check.html Arabic, large", &born),
        Sample::of("permissions/parents/check.html code", &coded),
        Sample::of("permissions/parents/gone.html", &gone),
    ])
}

fn view() -> FormView {
    let usual = &USUAL[4];
    let purpose = Purpose {
        id: Uuid::nil(),
        version: 1,
        code: usual.code.into(),
        basis: usual.basis,
        basis_note: String::new(),
        months: usual.months,
        recall: usual.recall,
        wording: 1,
        label: usual.label.into(),
        about: usual.about.into(),
        is_retired: false,
    };
    FormView {
        ticket: "sample".into(),
        seen: 3,
        called: "Ollie Smith".into(),
        purposes: vec![purpose],
        own: vec![("website".into(), Decision::No)],
    }
}

fn form() -> Result<Vec<Sample>> {
    let (one, two) = (english()?, arabic()?);
    let wrong = titled(&one, "title_form").with_errors(FormErrors::one("answers", one.get("choose")));
    let other = titled(&two, "title_form");
    Ok(vec![
        Sample::of("permissions/parents/form.html wrong", &form_page(wrong, one, "0", view(), &[])),
        Sample::of("permissions/parents/form.html Arabic", &form_page(other, two, "0", view(), &[])),
    ])
}

fn after() -> Result<Vec<Sample>> {
    let receipt = Receipt {
        id: Uuid::nil(),
        person: Uuid::nil(),
        adult: Uuid::nil(),
        language: "en".into(),
        answers: "{}".into(),
        hash: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a".into(),
        tries: 0,
        made_at: 1_795_262_400_000,
    };
    let link = Carried { school: SchoolId::HOUSE, token: Token::random() };
    let (one, two) = (english()?, english()?);
    let done = ReceiptPage {
        path: "/receipts/0".into(),
        address: "https://gate.oakfield.test/receipts/0".into(),
        record: "{}".into(),
        withdrawal: "/receipts/0/withdrawal".into(),
        ..receipt_page(titled(&one, "title_done"), one, &link, &receipt)
    };
    let withdrawn = ReceiptPage {
        withdrawal: "/receipts/0/withdrawal".into(),
        removed: vec!["The school's news".into()],
        beyond: vec!["The spring newsletter".into()],
        is_withdrawn: true,
        ..receipt_page(titled(&two, "title_withdrawn"), two, &link, &receipt)
    };
    Ok(vec![
        Sample::of("permissions/parents/receipt.html done", &done),
        Sample::of("permissions/parents/receipt.html withdrawn", &withdrawn),
    ])
}
