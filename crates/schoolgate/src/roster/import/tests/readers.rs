//! What files are read as, and what each is refused for.

use super::*;

fn told(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

fn refused(files: Vec<File>) -> Vec<String> {
    told(&read(files, &RULES).map(|read| read.pupils.len()).expect_err("it is refused"))
}

fn names(files: Vec<File>) -> Vec<String> {
    let incoming = read(files, &RULES).unwrap_or_else(|faults| panic!("{:#?}", told(&faults)));
    incoming.pupils.iter().map(|pupil| pupil.names.in_full()).collect()
}

const PLAIN: &str = "id,forename,surname\np1,Zoë,Müller\np2,Rose,Hill\n";

#[test]
fn a_table_is_read_in_the_letters_and_with_the_marks_that_offices_use() {
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(PLAIN.replace(',', "\t").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let windows: Vec<u8> =
        PLAIN.chars().map(|letter| u8::try_from(letter as u32).expect("a letter of Windows-1252")).collect();
    for bytes in [
        PLAIN.as_bytes().to_vec(),
        format!("\u{feff}{PLAIN}").into_bytes(),
        PLAIN.replace('\n', "\r\n").into_bytes(),
        PLAIN.replace(',', ";").into_bytes(),
        format!("sep=;\r\n{}", PLAIN.replace(',', ";")).into_bytes(),
        PLAIN.replace(',', "\t").into_bytes(),
        PLAIN.replace("Zoë", "\" Zoë \"").into_bytes(),
        PLAIN.replace("\np2", "\n\n,,\np2").into_bytes(),
        utf16,
        windows,
    ] {
        assert_eq!(
            names(vec![file("roll.csv", &bytes)]),
            ["Zoë Müller", "Rose Hill"],
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
    let quoted = "id,forename,surname,address,adult_surname\np1,\"Rose\nMary\",Hill,\"1 Elm Road\r\nOakfield, \"\"The Elms\"\"\",Hill\n";
    let incoming = read(vec![file("roll.csv", quoted)], &RULES).expect("read");
    assert_eq!(incoming.pupils[0].names.forename, "Rose Mary");
    assert_eq!(incoming.adults[0].contact.address.as_deref(), Some("1 Elm Road, Oakfield, \"The Elms\""));
}

#[test]
fn letters_of_two_kinds_in_one_file_are_not_guessed_at() {
    let mixed = [PLAIN.as_bytes(), b"p3,Ren\xe9e,Hill\n"].concat();
    assert_eq!(
        refused(vec![file("roll.csv", mixed)]),
        ["roll.csv:4:1: is neither UTF-8 nor Windows-1252: letters of both stand in it"]
    );
    assert_eq!(
        refused(vec![file("roll.csv", b"id,forename\0")]),
        ["roll.csv:1:1: holds bytes that no table has: is it a table?"]
    );
    assert_eq!(refused(vec![file("roll.csv", "")]), ["roll.csv: is empty"]);
}

#[test]
fn every_fault_of_every_row_is_told_with_its_column() {
    let wrong = "id,upn,forename,surname,Date of birth,looked_after,email,adult_surname,priority
,,Rose,Hill,,,,,
p2,A801200005001,Rose,Hill,31/02/2017,perhaps,nobody,Hill,first
p3,,,,2030-01-01,,,,
p4,,12,Hill,,,,,
p5,,Rose,Hill,,,,
p6,,Rose,Hill,,,,,,more
p7,,Rose,Hill,2017-01-01,,,,
p7,,Rose,Hull,2017-01-01,,,,
";
    assert_eq!(
        refused(vec![file("roll.csv", wrong)]),
        [
            "roll.csv:2:1: has neither `id` nor `upn`",
            "roll.csv:3:1: `upn` has a check letter that does not fit its digits, so something in it was mistyped",
            "roll.csv:3:1: `date_of_birth` is no day; write it as 2017-03-14 or 14/03/2017",
            "roll.csv:3:1: `looked_after` is none of `yes`, `no` and `unknown`",
            "roll.csv:3:1: `email` is no e-mail address",
            "roll.csv:3:1: `priority` is no number from 0 to 99",
            "roll.csv:4:1: has neither `forename` nor `surname`",
            "roll.csv:4:1: `date_of_birth` is in the future",
            "roll.csv:5:1: `forename` holds no letter",
            "roll.csv:6:1: has 8 cells, but the first line names 9 columns",
            "roll.csv:7:1: has 10 cells, but the first line names 9 columns",
            "roll.csv:9:1: `forename, surname or known_as` is not what line 8 says about the same pupil",
        ]
    );
    assert_eq!(
        refused(vec![file("roll.csv", "name,name,adult_id\na,b,c\n")]),
        ["roll.csv:1:1: `name`: two columns have this name"]
    );
    assert_eq!(
        refused(vec![file("roll.csv", "name,adult_id\na,b\n")]),
        [
            "roll.csv:1:1: has neither a column `id` nor a column `upn`",
            "roll.csv:1:1: has no column `forename`",
            "roll.csv:1:1: has no column `surname`",
            "roll.csv:1:1: has adults, but no column `adult_surname`",
        ]
    );
    assert_eq!(refused(vec![file("roll.csv", "id,forename,surname\n")]), ["roll.csv: holds no pupil"]);
    let open = format!("id,forename,surname\np1,\"Rose,Hill\n{}", "p2,Rose,Hill\n".repeat(200));
    assert!(refused(vec![file("roll.csv", open)])[0].contains("has 2 cells"));
}

#[test]
fn names_of_any_length_and_script_are_kept_or_refused_by_name_of_the_column() {
    let row = |forename: &str| format!("id,forename,surname\np1,{forename},Hill\n");
    let long = "é".repeat(200);
    assert_eq!(names(vec![file("roll.csv", row(&long))]), [format!("{long} Hill")]);
    assert_eq!(
        refused(vec![file("roll.csv", row(&"é".repeat(201)))]),
        ["roll.csv:2:1: `forename` has more than 200 characters"]
    );
    for name in ["محمد", "李小龍", "Ольга", "ஆதித்யா", "=cmd|' /C calc'!A0"] {
        assert_eq!(names(vec![file("roll.csv", row(name))]), [format!("{name} Hill")]);
    }
}

#[test]
fn one_upn_for_two_pupils_is_refused() {
    let wrong = "id,upn,forename,surname\np1,B801200005001,Rose,Hill\np2,B801200005001,Will,Young\n";
    assert_eq!(refused(vec![file("roll.csv", wrong)]), ["roll.csv:3:1: `upn` is that of another pupil, in line 2"]);
}

#[test]
fn pupils_contacts_and_classes_in_one_table_are_read() {
    let theirs = "Student ID,Forename,Surname,Parent ID,Contact priority,Parental responsibility,Lives with pupil,Title,Parent forename,Parent surname,Home email,Main telephone,Primary email,Mobile,Class ID,Class name
7,Rose,Hill,70,1,T,T,Mrs,Ann,Hill,home@elm.test,01632 960001,ann@elm.test,07700 900001,4E,Elm
7,Rose,Hill,71,2,F,T,Mr,Tom,Hill,home@elm.test,,,,4E,Elm
7,Rose,Hill,70,1,T,T,Mrs,Ann,Hill,home@elm.test,01632 960001,ann@elm.test,07700 900001,R1,Recorders
8,Will,Young,,,,,,,,,,,,4E,Elm
";
    let read = read(vec![file("contacts.csv", theirs)], &RULES).unwrap_or_else(|faults| panic!("{:#?}", told(&faults)));
    assert_eq!((read.pupils.len(), read.adults.len(), read.classes.len()), (2, 2, 2));
    assert_eq!(read.pupils[0].classes, [0, 1]);
    let said: Vec<Known> = read.pupils[0].ties.iter().map(|tie| tie.standing.parental_responsibility).collect();
    assert_eq!(said, [Known::Yes, Known::No]);
    let emails: Vec<_> = read.adults.iter().map(|adult| adult.contact.email.as_deref()).collect();
    assert_eq!(emails, [Some("ann@elm.test"), Some("home@elm.test")]);
}

const MANIFEST: &str = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,bulk\n";
const ORGS: &str = "sourcedId,status,dateLastModified,name,type\no1,,,Elm,school\n";
const USERS: &str = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
u1,,,true,o1,student,rose,,Rose,Hill,,B801200005001,,,,\"g1,g2\",04,\u{7}secret
u2,,,true,o1,student,will,,William,Young,,,,,,g2,04,
g1,,,true,o1,guardian,ann,,Ann,Hill,,,ann@elm.test,07700 900001,,,,
g2,,,true,o1,parent,tom,,Tom,Hill,,,tom@elm.test,,,,,
t1,,,true,o1,teacher,head,,Grace,Osei,,,,,,,,
u3,tobedeleted,,true,o1,student,gone,,Summer,Bell,,,,,,,04,
";
const CLASSES: &str = "sourcedId,status,dateLastModified,title,grades\nc1,,,Elm,04\n";
const ENROLLMENTS: &str =
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,c1,o1,u1,student,,2026-09-01,2027-07-31
e2,,,c1,o1,u2,student,,2025-09-01,2026-07-31
e3,,,c1,o1,t1,teacher,true,,
";
const DEMOGRAPHICS: &str = "sourcedId,status,dateLastModified,birthDate\nu1,,,2017-03-14\n";

fn pack(change: impl Fn(&str, &str) -> String) -> Vec<File> {
    let files = [
        ("manifest.csv", MANIFEST),
        ("orgs.csv", ORGS),
        ("users.csv", USERS),
        ("classes.csv", CLASSES),
        ("enrollments.csv", ENROLLMENTS),
        ("demographics.csv", DEMOGRAPHICS),
    ];
    files.iter().map(|(name, text)| file(name, change(name, text))).collect()
}

#[test]
fn a_pack_of_oneroster_is_read_as_files_as_an_archive_and_in_a_folder_of_an_archive() {
    let plain = pack(|_, text| text.to_owned());
    let named: Vec<(String, Vec<u8>)> = plain.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    let archive = |folder: &str| {
        let mut files: Vec<(String, &[u8])> =
            named.iter().map(|(name, bytes)| (format!("{folder}{name}"), bytes.as_slice())).collect();
        files.push(("__MACOSX/._users.csv".to_owned(), b"litter"));
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        vec![file("pack.zip", zipped(&files))]
    };
    for files in [plain.clone(), archive(""), archive("export/2026/")] {
        let read = read(files, &RULES).unwrap_or_else(|faults| panic!("{:#?}", told(&faults)));
        assert_eq!(read.layout, incoming::Layout::OneRoster11);
        assert_eq!((read.pupils.len(), read.adults.len(), read.classes.len()), (2, 2, 1));
        let rose = &read.pupils[0];
        assert_eq!((rose.born_on, rose.classes.as_slice()), (Some(date(2017, 3, 14)), &[0][..]));
        assert!(rose.upn.is_some() && rose.ties.len() == 2);
        assert!(rose.ties.iter().all(|tie| tie.standing.parental_responsibility == Known::Unknown));
        // The enrollment of the second ended in July.
        assert!(read.pupils[1].classes.is_empty());
    }
}

fn for_school(files: Vec<File>, school: &str) -> Incoming {
    let rules = Rules { school: school.to_owned(), ..RULES.clone() };
    read(files, &rules).unwrap_or_else(|faults| panic!("{:#?}", told(&faults)))
}

#[test]
fn of_a_pack_with_several_schools_one_is_read_and_the_others_are_counted() {
    let trust = || {
        pack(|name, text| {
            match name {
            "orgs.csv" => "sourcedId,name,type,identifier\no1,Elm School,school,100001\no2,Oak School,school,100002\nd,Trust,district,\n".to_owned(),
            "users.csv" => text
                .replace("u2,,,true,o1,student", "u2,,,true,o2,student")
                .replace("\"g1,g2\"", "g1"),
            "classes.csv" => "sourcedId,title,schoolSourcedId\nc1,Elm,o1\nc2,Oak,o2\n".to_owned(),
            "enrollments.csv" => format!("{text}e4,,,c2,o2,u2,student,,,\n"),
            _ => text.to_owned(),
        }
        })
    };
    for school in ["elm school", "100001", "o1"] {
        let elm = for_school(trust(), school);
        let names: Vec<String> = elm.adults.iter().map(|adult| adult.names.in_full()).collect();
        assert_eq!((elm.pupils.len(), elm.classes.len(), elm.passed_over), (1, 1, 1), "{school}");
        assert_eq!(
            (elm.pupils[0].names.in_full().as_str(), names.as_slice()),
            ("Rose Hill", &["Ann Hill".to_owned()][..])
        );
        assert_eq!((elm.pupils[0].ties[0].adult, elm.pupils[0].classes.as_slice()), (0, &[0][..]));
    }
    let oak = for_school(trust(), "Oak School");
    assert_eq!(oak.pupils[0].names.in_full(), "William Young");
    assert_eq!((oak.adults[oak.pupils[0].ties[0].adult].names.in_full().as_str(), oak.adults.len()), ("Tom Hill", 1));
    assert!(refused(trust())[0].contains("holds 2 schools, and none of them is"));
}

#[test]
fn a_role_of_oneroster_1_2_says_at_which_school_it_is_played() {
    let users = "sourcedId,givenName,familyName\nu1,William,Young\nu2,Rose,Hill\nu3,Ada,Bell\n";
    let roles = "userSourcedId,role,orgSourcedId\nu1,student,o1\nu2,student,o2\nu3,student,o2\nu3,student,o1\n";
    let orgs = "sourcedId,name,type\no1,Elm,school\no2,Oak,school\n";
    let files = || {
        let manifest = MANIFEST.replace("1.1", "1.2");
        let tables = [("users.csv", users), ("roles.csv", roles), ("orgs.csv", orgs)];
        let tables = tables.into_iter().map(|(name, text)| file(name, text));
        std::iter::once(file("manifest.csv", manifest)).chain(tables).collect()
    };
    let names = |read: &Incoming| read.pupils.iter().map(|pupil| pupil.names.forename.clone()).collect::<Vec<_>>();
    let (elm, oak) = (for_school(files(), "Elm"), for_school(files(), "Oak"));
    assert_eq!((names(&elm), elm.passed_over), (vec!["William".to_owned(), "Ada".to_owned()], 1));
    assert_eq!((names(&oak), oak.passed_over), (vec!["Rose".to_owned(), "Ada".to_owned()], 1));
}

#[test]
fn oneroster_1_2_says_in_another_file_who_is_a_pupil() {
    let users = "sourcedId,status,givenName,familyName,preferredGivenName,userMasterIdentifier,agentSourcedIds,grades,password\nu1,active,William,Young,Will,,,04,x\ng1,active,Ann,Young,,,,,x\n";
    let roles =
        "sourcedId,userSourcedId,roleType,role,orgSourcedId\nr1,u1,primary,student,o1\nr2,g1,primary,parent,o1\n";
    let manifest = MANIFEST.replace("1.1", "1.2");
    let files = vec![file("manifest.csv", manifest), file("users.csv", users), file("roles.csv", roles)];
    let read = read(files, &RULES).unwrap_or_else(|faults| panic!("{:#?}", told(&faults)));
    assert_eq!(read.layout, incoming::Layout::OneRoster12);
    assert_eq!(read.pupils[0].names.in_full(), "William Young (Will)");
    assert_eq!(read.adults.len(), 1);
}

#[test]
fn a_pack_with_strangers_doubles_and_wrong_words_is_refused_with_every_place() {
    let wrong = pack(|name, text| match name {
        "users.csv" => text
            .replace("u2,,,true,o1,student", "u1,,,true,o1,student")
            .replace("teacher", "wizard")
            .replace("g1,g2", "g1,g9"),
        "enrollments.csv" => {
            text.replace("e1,,,c1,o1,u1", "e1,,,c9,o1,u1").replace("c1,o1,t1,teacher", "c1,o1,u8,pupil")
        }
        "demographics.csv" => text.replace("u1", "u7"),
        _ => text.to_owned(),
    });
    assert_eq!(
        refused(wrong),
        [
            "users.csv:3:1: `sourcedid` is that of another user in this file",
            "users.csv:6:1: `role`: `wizard` is no role of OneRoster",
            "users.csv:2:1: `agentsourcedids`: `g9` is not in `users.csv`",
            "demographics.csv:2:1: `sourcedid`: `u7` is not in `users.csv`",
            "enrollments.csv:2:1: `classsourcedid`: `c9` is not in `classes.csv`",
            "enrollments.csv:3:1: `usersourcedid`: `u2` is not in `users.csv`",
            "enrollments.csv:4:1: `role`: `pupil` is no role of OneRoster",
        ]
    );
    let delta = pack(|_, text| text.replace("users,bulk", "users,delta"));
    assert_eq!(
        refused(delta),
        ["manifest.csv:4:1: `value`: this is a delta export, which does not say who has left; ask for a bulk one"]
    );
    let two = pack(|name, text| if name == "orgs.csv" { format!("{text}o2,,,Oak,school\n") } else { text.to_owned() });
    let said = "orgs.csv: holds 2 schools, and none of them is ``; say which one is meant: `Elm` (o1), `Oak` (o2)";
    assert_eq!(refused(two), [said]);
    let old = pack(|_, text| text.replace("version,1.1", "version,1.0"));
    assert_eq!(refused(old), ["manifest.csv:3:1: `value`: OneRoster `1.0` is not known here; 1.1 and 1.2 are"]);
}

#[test]
fn an_archive_that_hides_something_is_refused() {
    let inner = zipped(&[("users.csv", USERS.as_bytes())]);
    let cases: [(Vec<u8>, &str); 5] = [
        (zipped(&[("users.csv", USERS.as_bytes()), ("more.zip", &inner)]), "is an archive within the archive"),
        (zipped(&[("users.csv", &vec![b'a'; 40 << 20])]), "unpacks to far more than it should"),
        (zipped(&[("a/users.csv", b"x"), ("b/USERS.csv", b"y")]), "twice"),
        (zipped(&[("readme.txt", b"x")]), "holds no table"),
        (inner[..inner.len() - 8].to_vec(), "cannot be unpacked"),
    ];
    for (bytes, expect) in cases {
        let said = refused(vec![file("pack.zip", bytes)]);
        assert!(said.len() == 1 && said[0].contains(expect), "{said:?}");
    }
    let many: Vec<(String, Vec<u8>)> =
        (0..=limits::ARCHIVE_FILES_MAX).map(|at| (format!("{at}.csv"), vec![])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    assert!(refused(vec![file("pack.zip", zipped(&many))])[0].contains("more than 200"));
    assert!(refused(vec![file("a.csv", PLAIN), file("b.csv", PLAIN)])[0].contains("is neither OneRoster"));
}

/// The smallest workbook: one sheet with inline texts, a day as a number, and a cell far away if asked for.
pub(super) fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    );
    let types =
        "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let links = "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
    let book = "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"Roll\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
    let styles = "<?xml version=\"1.0\"?><styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let root = links.replace("/worksheet\"", "/officeDocument\"").replace("worksheets/sheet1.xml", "xl/workbook.xml");
    zipped(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn cells(number: usize, texts: &[&str]) -> String {
    let cell = |(at, text): (usize, &&str)| {
        let column = char::from(b'A' + u8::try_from(at).expect("few columns"));
        format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    texts.iter().enumerate().map(cell).collect()
}

#[test]
fn a_workbook_is_read_cell_by_cell() {
    let head = cells(1, &["id", "forename", "surname", "date_of_birth"]);
    let row = cells(2, &["p1", "Zoë", "Hill"]);
    // 42808 is 14 March 2017 in a workbook.
    let rows = format!("<row r=\"1\">{head}</row><row r=\"2\">{row}<c r=\"D2\" s=\"1\"><v>42808</v></c></row>");
    let incoming =
        read(vec![file("roll.xlsx", workbook(&rows))], &RULES).unwrap_or_else(|faults| panic!("{:#?}", told(&faults)));
    assert_eq!(incoming.pupils[0].names.in_full(), "Zoë Hill");
    assert_eq!(incoming.pupils[0].born_on, Some(date(2017, 3, 14)));
    let far = format!("{rows}<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>");
    assert_eq!(refused(vec![file("roll.xlsx", workbook(&far))]), ["roll.xlsx:1048576:1: has a cell beyond column 200"]);
    let wrong = rows.replace("42808", "80000");
    assert_eq!(refused(vec![file("roll.xlsx", workbook(&wrong))]), ["roll.xlsx:2:1: `date_of_birth` is in the future"]);
    assert!(refused(vec![file("roll.xlsx", workbook(""))])[0].contains("is empty"));
}

#[test]
fn more_pupils_than_a_school_has_are_refused_before_they_fill_the_memory() {
    let mut text = String::from("id,forename,surname\n");
    (0..limits::PUPILS_MAX + 3).for_each(|at| text.push_str(&format!("{at},Rose,Hill\n")));
    let said = refused(vec![file("roll.csv", text)]);
    let line = limits::PUPILS_MAX + 2;
    let over = "is one more pupil than the 45000 that a school may have; nothing after this line was read";
    assert_eq!(said, [format!("roll.csv:{line}:1: {over}")]);
}
