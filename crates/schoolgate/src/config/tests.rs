use super::*;

fn read(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let sources = Sources {
        file: Some((PathBuf::from("/etc/gate.toml"), file.to_owned())),
        environment: own(environment),
        flags: own(flags),
    };
    Config::read(&sources).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn check(file: &str, expect: &[&str]) {
    let faults = read(file, &[], &[]).expect_err("faults");
    assert_eq!(faults, expect);
}

#[test]
fn a_folder_is_enough() {
    let config = read("data = \"gate\"", &[], &[]).expect("a config");
    assert_eq!(config.data, PathBuf::from("/etc/gate"));
    assert_eq!(config.database.url, "sqlite:/etc/gate/schoolgate.db");
    assert_eq!(config.keys.master, Secret::File(PathBuf::from("/etc/gate/master.key")));
    assert_eq!(config.server.public_url.as_str(), "http://localhost:8080/");
    assert_eq!(config.server.front, Front::Plain);
    assert!(!config.server.is_secure());
    assert!(!config.is_demo);
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let file = "data = \"/a\"\n[server]\naddress = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"";
    let config = read(
        file,
        &[("SCHOOLGATE_SERVER_ADDRESS", "127.0.0.1:2"), ("SCHOOLGATE_DATA", "/b")],
        &[("server.address", "127.0.0.1:3")],
    );
    let config = config.expect("a config");
    assert_eq!(config.server.address.port(), 3);
    assert_eq!(config.data, PathBuf::from("/b"));
    assert_eq!(config.log.level, tracing::Level::WARN);
}

#[test]
fn every_fault_comes_at_once_with_its_place() {
    check(
        "daten = \"x\"\n[server]\naddress = \"localhost\"\n  behind_proxy = \"perhaps\"\n[log]\nform = 3\n[mial]\nfrom = \"x\"\n",
        &[
            "/etc/gate.toml:1:1: unknown key `daten`; known here: data",
            "/etc/gate.toml:6:8: `log.form` must be \"json\" or \"text\"",
            "/etc/gate.toml:7:2: unknown key `mial`; known here: data",
            "/etc/gate.toml:3:1: `server.address` must be an address and a port, such as \"127.0.0.1:8080\", not `localhost`",
            "/etc/gate.toml:4:3: `server.behind_proxy` must be true or false, not `perhaps`",
            "setting `data`: is needed: a folder, such as \"/var/lib/schoolgate\"",
        ],
    );
}

#[test]
fn broken_toml_is_placed_too() {
    let faults = read("data = \"/a\"\n[server\n", &[], &[]).expect_err("faults");
    assert!(faults[0].starts_with("/etc/gate.toml:2:"), "{faults:?}");
}

#[test]
fn unknown_variables_are_refused() {
    let faults = read("data = \"/a\"", &[("SCHOOLGATE_ADRESS", "x"), ("SCHOOLGATE_CONFIG", "y")], &[]);
    assert_eq!(faults, Err(vec!["variable SCHOOLGATE_ADRESS: is not a setting of Schoolgate".to_owned()]));
}

#[test]
fn nothing_leaves_the_machine_in_clear_text() {
    check(
        "data = \"/a\"\n[server]\naddress = \"0.0.0.0:80\"",
        &[
            "/etc/gate.toml:3:1: `server.address` is reachable from outside without TLS: give `server.certificate` and `server.key`, or set `server.behind_proxy`",
        ],
    );
    check(
        "data = \"/a\"\n[server]\nbehind_proxy = true\npublic_url = \"http://gate.oakfield.test\"",
        &["/etc/gate.toml:4:1: `server.public_url` must begin with https:// when TLS is used"],
    );
    check(
        "data = \"/a\"\n[server]\npublic_url = \"https://gate.oakfield.test\"",
        &[
            "/etc/gate.toml:3:1: `server.public_url` is https, but there is neither `server.certificate` nor `server.behind_proxy`",
        ],
    );
    check(
        "data = \"/a\"\n[server]\ncertificate = \"c.pem\"",
        &["/etc/gate.toml:3:1: `server.certificate` needs `server.key` beside it"],
    );
}

#[test]
fn tls_needs_both_files_and_a_public_name() {
    let file = "data = \"/a\"\n[server]\naddress = \"0.0.0.0:443\"\ncertificate = \"c.pem\"\nkey = \"k.pem\"\npublic_url = \"https://gate.oakfield.test\"";
    let config = read(file, &[], &[]).expect("a config");
    let tls = Front::Tls { certificate: PathBuf::from("/etc/c.pem"), key: PathBuf::from("/etc/k.pem") };
    assert_eq!(config.server.front, tls);
    assert!(config.server.is_secure());
    let faults = read("data = \"/a\"\n[server]\ncertificate = \"c\"\nkey = \"k\"", &[], &[]).expect_err("faults");
    assert!(faults[0].starts_with("setting `server.public_url`: is needed"), "{faults:?}");
}

#[test]
fn a_public_url_is_an_origin_and_nothing_more() {
    for bad in ["gate.test", "ftp://gate.test", "https://gate.test/x", "https://u:p@gate.test", "https://gate.test/?a"]
    {
        assert!(origin(bad).is_none(), "{bad}");
    }
    assert!(origin("https://gate.test").is_some());
}

#[test]
fn a_passphrase_may_stand_for_the_master_key_and_is_never_repeated() {
    let words = "seven wet umbrellas";
    let config = read("data = \"/a\"", &[("SCHOOLGATE_KEYS_PASSPHRASE", words)], &[]).expect("a config");
    assert_eq!(config.keys.master, Secret::Passphrase(words.to_owned()));
    assert!(!format!("{config:?}").contains("umbrellas"));
    let faults = read("data = \"/a\"", &[("SCHOOLGATE_KEYS_PASSPHRASE", "umbrellas")], &[]).expect_err("faults");
    assert!(faults[0].starts_with("variable SCHOOLGATE_KEYS_PASSPHRASE: `keys.passphrase` must be"), "{faults:?}");
    assert!(!faults[0].contains("umbrellas"), "{faults:?}");
    check(
        "data = \"/a\"\n[keys]\nmaster = \"m\"\npassphrase = \"seven wet umbrellas\"",
        &["/etc/gate.toml:4:1: `keys.passphrase` and `keys.master` exclude each other"],
    );
}

#[test]
fn a_database_may_be_spelt_in_both_ways_and_its_password_is_never_repeated() {
    for scheme in ["postgres", "postgresql"] {
        let url = format!("{scheme}://gate:kettles@db.test/gate");
        let config = read("data = \"/a\"", &[("SCHOOLGATE_DATABASE_URL", &url)], &[]).expect("a config");
        assert_eq!(config.database.url, url);
        assert!(!format!("{config:?}").contains("kettles"));
    }
    for key in ["url", "owner_url"] {
        let file = format!("data = \"/a\"\n[database]\n{key} = \"mysql://gate:kettles@db.test/gate\"");
        let faults = read(&file, &[], &[]).expect_err("faults");
        assert!(faults[0].starts_with(&format!("/etc/gate.toml:3:1: `database.{key}` must be")), "{faults:?}");
        assert!(!faults[0].contains("kettles"), "{faults:?}");
    }
}

#[test]
fn mail_is_set_up_as_a_whole_and_its_password_is_never_repeated() {
    let whole =
        "data = \"/a\"\n[mail]\nserver = \"smtp.oakfield.test\"\nuser = \"office\"\nfrom = \"office@oakfield.test\"\n";
    let mail = read(whole, &[("SCHOOLGATE_MAIL_PASSWORD", "three blue kettles")], &[]).expect("a config");
    assert!(!format!("{mail:?}").contains("kettles"));
    let mail = mail.mail.expect("mail");
    assert_eq!((mail.host.as_str(), mail.port, mail.security), ("smtp.oakfield.test", 465, Security::Tls));
    let file = whole.replace("user", "security = \"starttls\"\npassword_file = \"mail.password\"\nuser");
    let mail = read(&file, &[], &[]).expect("a config").mail.expect("mail");
    let beside = Password::File(PathBuf::from("/etc/mail.password"));
    assert_eq!((mail.port, mail.login), (587, Some(("office".to_owned(), beside))));
    assert_eq!(read("data = \"/a\"", &[], &[]).expect("a config").mail, None);
    let head = "data = \"/a\"\n[mail]\n";
    for (rest, said) in [
        ("user = \"x\"\npassword = \"three blue kettles\"", "`mail.password` needs `mail.server`"),
        ("server = \"smtp.oakfield.test\"", "`mail.server` needs `mail.from`"),
        ("server = \"a b\"", "`mail.server` must be"),
        ("server = \"localhost\"\nfrom = \"office\"", "`mail.from` must be"),
        ("server = \"localhost\"\nfrom = \"a@b.test\"\nuser = \"x\"", "`mail.user` needs `mail.password`"),
        ("server = \"localhost\"\nfrom = \"a@b.test\"\npassword = \"three blue kettles\"", "`mail.password` needs"),
        ("server = \"smtp.oakfield.test\"\nfrom = \"a@b.test\"\nsecurity = \"none\"", "`mail.security` can be"),
        ("server = \"localhost\"\nfrom = \"a@b.test\"\nport = \"0\"", "`mail.port` must be"),
    ] {
        let faults = read(&format!("{head}{rest}"), &[], &[]).expect_err(rest);
        assert!(faults.iter().any(|fault| fault.contains(said)), "{rest}: {faults:?}");
        assert!(!faults.concat().contains("kettles"), "{faults:?}");
    }
}
