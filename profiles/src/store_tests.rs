use super::*;

struct Fixture {
    directory: tempfile::TempDir,
    store: Store,
}

fn fixture(name: &str) -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join(name));
    Fixture { directory, store }
}

impl Fixture {
    fn write(&self, text: &str) {
        fs::write(self.store.path(), text).unwrap();
    }

    fn text(&self) -> String {
        fs::read_to_string(self.store.path()).unwrap()
    }
}

#[test]
fn a_new_file_is_versioned_private_and_makes_its_folder() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("fluxctl/config.toml"));
    assert_eq!(store.load().unwrap(), ProfileFile::default());
    let changed = store.add("prod", &Profile::new(["broker-1:9092", "broker-2:9092"])).unwrap();
    assert_eq!(changed, Changed { current_profile: Some("prod".to_owned()), warnings: vec![] });
    assert_eq!(
        fs::read_to_string(store.path()).unwrap(),
        "# Profiles of fluxctl. `fluxctl profile --help` changes them; so may you.\n\
         version = 1\n\
         current_profile = \"prod\"\n\
         \n\
         [profiles.prod]\n\
         bootstrap_servers = [\"broker-1:9092\", \"broker-2:9092\"]\n"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(store.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn comments_order_and_unknown_keys_survive_every_change() {
    let fixture = fixture("config.toml");
    fixture.write(
        "# mine\nversion = 1\ncurrent_profile = \"b\" # the usual\n\n# careful\n[profiles.b]\nbootstrap_servers = \
         \"x:1\" # one\ncolour = \"red\"\n\n[profiles.a]\nbootstrap_servers = [ \"y:1\" ]\n",
    );
    let warnings = fixture.store.add("c", &Profile::new(["z:1"])).unwrap().warnings;
    let words: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(
        words[0].ends_with("has an unknown key `profiles.b.colour`, which is kept and not used"),
        "{words:?}"
    );
    fixture.store.switch("a").unwrap();
    fixture.store.rename("c", "d").unwrap();
    assert_eq!(
        fixture.text(),
        "# mine\nversion = 1\ncurrent_profile = \"a\" # the usual\nprevious_profile = \"b\"\n\n# careful\n\
         [profiles.b]\nbootstrap_servers = \"x:1\" # one\ncolour = \"red\"\n\n[profiles.a]\nbootstrap_servers = [ \
         \"y:1\" ]\n\n[profiles.d]\nbootstrap_servers = [\"z:1\"]\n"
    );
    fixture.store.point("b", &["w:1".to_owned()]).unwrap();
    assert!(fixture.text().contains("colour = \"red\""));
    assert_eq!(fixture.store.show("b").unwrap().bootstrap_servers, ["w:1"]);
}

#[test]
fn a_whole_profile_comes_back_as_it_was() {
    let profile = Profile {
        default_topic: Some("orders".to_owned()),
        partitioner: Some("crc32".to_owned()),
        description: Some("the \"real\" one\nwith care".to_owned()),
        protected: true,
        read_only: true,
        properties: [("linger.ms".to_owned(), "5".to_owned())].into(),
        tls: Some(crate::Tls {
            enabled: true,
            ca_file: Some("/etc/ca.pem".into()),
            cert_file: None,
            key_file: None,
            server_name: Some("kafka".to_owned()),
        }),
        sasl: Some(crate::Sasl {
            mechanism: "SCRAM-SHA-512".to_owned(),
            user: Some("ada".to_owned()),
            password: Some(crate::Password::Text(crate::Secret::new("hunter2"))),
        }),
        ..Profile::new(["a:1"])
    };
    for name in ["config.toml", "config.yaml"] {
        let fixture = fixture(name);
        fixture.store.add("prod", &profile).unwrap();
        assert_eq!(fixture.store.show("prod").unwrap(), profile, "{name}");
        assert!(!format!("{:?}", fixture.store.show("prod").unwrap()).contains("hunter2"));
    }
}

#[test]
fn unquoted_property_names_and_numbers_are_understood() {
    let fixture = fixture("config.toml");
    fixture.write("[profiles.a.properties]\nlinger.ms = 5\nenable.idempotence = true\n\"acks\" = \"all\"\n");
    let properties = fixture.store.show("a").unwrap().properties;
    let pairs: Vec<_> = properties.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("acks", "all"), ("enable.idempotence", "true"), ("linger.ms", "5")]);
}

#[test]
fn yaml_by_extension_says_when_comments_are_lost() {
    let fixture = fixture("config.yml");
    fixture.write("# mine\nversion: 1\nprofiles:\n  dev:\n    bootstrap_servers: [\"d:1\"]\n");
    let changed = fixture.store.switch("dev").unwrap();
    assert_eq!(changed.warnings, [Warning::CommentsLost { path: fixture.store.path().to_owned() }]);
    assert_eq!(
        fixture.text(),
        "current_profile: dev\nprofiles:\n  dev:\n    bootstrap_servers:\n    - d:1\nversion: 1\n"
    );
}

#[test]
fn a_file_that_does_not_parse_is_named_by_place_and_stays() {
    for (name, text, place) in [
        ("config.toml", "version = 1\n[profiles.a]\nx = = 1\n", "line 3, column 5"),
        ("config.yaml", "version: 1\nprofiles: [\n", "line 3, column 1"),
    ] {
        let fixture = fixture(name);
        fixture.write(text);
        let error = fixture.store.add("b", &Profile::new(["b:1"])).unwrap_err();
        assert!(error.to_string().contains(place), "{error}");
        assert_eq!(fixture.text(), text);
        assert_eq!(fs::read_dir(fixture.directory.path()).unwrap().count(), 1, "nothing else is left behind");
    }
}

#[test]
fn values_of_a_wrong_kind_are_named_by_their_keys() {
    for (text, message) in [
        ("version = 2", "has version 2, this program knows versions up to 1"),
        ("version = \"1\"", "`version` is not a whole number"),
        ("profiles = 3", "`profiles` is not a section of keys and values"),
        ("[profiles.a]\nprotected = \"yes\"", "`profiles.a.protected` is neither true nor false"),
        ("[profiles.\"a b\"]", "`profiles.a b` cannot name a profile: only ASCII letters"),
        ("[profiles.a.sasl]\nuser = \"u\"", "`profiles.a.sasl.mechanism` is missing"),
        (
            "[profiles.a.sasl]\nmechanism = \"PLAIN\"\npassword = \"p\"\npassword_env = \"P\"",
            "`profiles.a.sasl.password_env` is a second place for the password",
        ),
    ] {
        let fixture = fixture("config.toml");
        fixture.write(text);
        let error = fixture.store.load().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn switching_back_and_deleting_keep_the_pointers_true() {
    let fixture = fixture("config.toml");
    let store = &fixture.store;
    for name in ["a", "b"] {
        store.add(name, &Profile::new([format!("{name}:1")])).unwrap();
    }
    assert!(matches!(store.switch("-"), Err(ProfileError::NoPrevious)));
    store.switch("b").unwrap();
    assert_eq!(store.switch("-").unwrap().current_profile.as_deref(), Some("a"));
    assert_eq!(store.switch("-").unwrap().current_profile.as_deref(), Some("b"));
    store.rename("b", "c").unwrap();
    assert_eq!(store.current().unwrap().as_deref(), Some("c"));
    assert_eq!(store.delete("c").unwrap().current_profile, None);
    assert!(matches!(store.delete("c"), Err(ProfileError::NotFound { .. })));
    assert!(matches!(store.add("a", &Profile::default()), Err(ProfileError::Exists { .. })));
    assert_eq!(store.list().unwrap().keys().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn many_writers_lose_nothing() {
    let fixture = fixture("config.toml");
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let store = fixture.store.clone();
            scope.spawn(move || {
                for index in 0..5 {
                    store.add(&format!("p{writer}-{index}"), &Profile::new(["x:1"])).unwrap();
                }
            });
        }
    });
    assert_eq!(fixture.store.list().unwrap().len(), 40);
}

#[cfg(unix)]
#[test]
fn a_password_that_others_can_read_is_warned_of_and_closed_by_the_next_change() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = fixture("config.toml");
    fixture.write("[profiles.a.sasl]\nmechanism = \"PLAIN\"\npassword = \"p\"\n");
    fs::set_permissions(fixture.store.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = fixture.store.load().unwrap().warnings;
    assert_eq!(warnings, [Warning::Readable { path: fixture.store.path().to_owned(), mode: 0o644 }]);
    fixture.store.switch("a").unwrap();
    assert_eq!(fixture.store.load().unwrap().warnings, []);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let fixture = fixture("config.toml");
    let dotfiles = fixture.directory.path().join("dotfiles");
    fs::create_dir(&dotfiles).unwrap();
    let real = dotfiles.join("fluxctl.toml");
    fs::write(&real, "# kept\n").unwrap();
    std::os::unix::fs::symlink(&real, fixture.store.path()).unwrap();
    fixture.store.add("a", &Profile::new(["a:1"])).unwrap();
    assert!(fs::symlink_metadata(fixture.store.path()).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("# kept\nversion = 1\n"));
}

#[test]
fn a_rehearsal_answers_the_same_and_writes_nothing() {
    let fixture = fixture("config.toml");
    let rehearsal = fixture.store.clone().dry_run(true);
    let changed = rehearsal.add("a", &Profile::new(["a:1"])).unwrap();
    assert_eq!(changed.current_profile.as_deref(), Some("a"));
    assert!(matches!(rehearsal.delete("a"), Err(ProfileError::NotFound { .. })));
    assert_eq!(fs::read_dir(fixture.directory.path()).unwrap().count(), 0);
}
