//! Every expression that means something else to `regex` than to RE2, and some that mean the same: what RE2/J 1.8, the
//! library of Kafka's coordinator, makes of each.

use super::*;

/// What the expressions are tried on; not all of it could be a topic's name.
const NAMES: [&str; 18] = [
    "foo-1", "orders", "aa", "a", "A", "x", "a.b", "123", "a b", "-", "a-b", "", "b", "[a]", "&", "a&",
    "alpha", "_",
];

/// Expressions and the names that they match.
const VALID: [(&str, &[&str]); 66] = [
    (r"foo.*", &["foo-1"]),
    (r"(?i)ORD.*", &["orders"]),
    (r"a{2,3}", &["aa"]),
    (r"a{1000}", &[]),
    (r"(a{100}){100}", &[]),
    (r"[[:alpha:]]+", &["orders", "aa", "a", "A", "x", "b", "alpha"]),
    (r"\Qa.b\E", &["a.b"]),
    (r"\pL+", &["orders", "aa", "a", "A", "x", "b", "alpha"]),
    (r"(?P<n>x)", &["x"]),
    (r"(?<n>x)", &["x"]),
    (r"a*?", &["aa", "a", ""]),
    (r"a|b", &["a", "b"]),
    (r"", &[""]),
    (r"^a$", &["a"]),
    (r"a$", &["a"]),
    (r"\Aa\z", &["a"]),
    (r"\d+", &["123"]),
    (r"\x{41}", &["A"]),
    (r"[^a]", &["A", "x", "-", "b", "&", "_"]),
    (r"\p{Greek}", &[]),
    (r"[a-]", &["a", "-"]),
    (r"[]a]", &["a"]),
    (r"{", &[]),
    (r"a{", &[]),
    (r"a{,2}", &[]),
    (r"}", &[]),
    (r"]", &[]),
    (r"\-", &["-"]),
    (r"\_", &["_"]),
    (r"\/", &[]),
    (r"\:", &[]),
    (r"\ ", &[]),
    (r"\<", &[]),
    (r"\b", &[]),
    (r"[a&&b]", &["a", "b", "&"]),
    (r"[a~~b]", &["a", "b"]),
    (r"[[a]]", &[]),
    (r"[a[b]c]", &[]),
    (r"(?U)a", &["a"]),
    (r"(?s).", &["a", "A", "x", "-", "b", "&", "_"]),
    (r"(?m)^a$", &["a"]),
    (r"\z", &[""]),
    (r"\a", &[]),
    (r"\f", &[]),
    (r"\0", &[]),
    (r"\07", &[]),
    (r"\012", &[]),
    (r"(?i:a)b", &[]),
    (r"\%", &[]),
    (r#"\""#, &[]),
    (r"\#", &[]),
    (r"\&", &["&"]),
    (r"\~", &[]),
    (r"(?-i)a", &["a"]),
    (r"\pN", &[]),
    (r"\p{L}", &["a", "A", "x", "b"]),
    (r"\p{Lu}", &["A"]),
    (r"\P{L}", &["-", "&", "_"]),
    (r"\p{^Greek}", &["a", "A", "x", "-", "b", "&", "_"]),
    (r"\p{Any}", &["a", "A", "x", "-", "b", "&", "_"]),
    (r"\w\s\W", &[]),
    (r"[\w-]+", &["foo-1", "orders", "aa", "a", "A", "x", "123", "-", "a-b", "b", "alpha", "_"]),
    (r"[\d\-_]", &["-", "_"]),
    (r"[[:word:]]", &["a", "A", "x", "b", "_"]),
    (r"[[:^alpha:]]", &["-", "&", "_"]),
    (r"[:alpha:]", &["a"]),
];

const INVALID: [&str; 25] = [
    r"a{1001}",
    r"a++",
    r"(a",
    r"a)",
    r"[a",
    r"x**",
    r"\C",
    r"\1",
    r"(?=a)",
    r"(?x) a b",
    r"[a--b]",
    r"\h",
    r"\R",
    r"\G",
    r"\Z",
    r"\e",
    r"\cA",
    r"\u0041",
    r"(?#c)a",
    r"a{2}{3}",
    r"(?u)a",
    r"(?R)a",
    r"a{3,2}",
    r"[z-a]",
    r"a\",
];

#[test]
fn expressions_match_what_they_match_in_kafka() {
    for (pattern, expected) in VALID {
        let expected: BTreeSet<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(resolve(pattern, NAMES.into_iter()), Ok(expected), "`{pattern}`");
    }
}

#[test]
fn what_kafka_refuses_is_refused_with_a_reason() {
    for pattern in INVALID {
        let refused = resolve(pattern, NAMES.into_iter()).unwrap_err().to_string();
        let reason = refused.split("is not a valid regular expression: ").nth(1).unwrap();
        assert!(!reason.is_empty() && !reason.contains('\n'), "{refused}");
    }
    let refused = resolve("orders(", NAMES.into_iter()).unwrap_err().to_string();
    assert_eq!(refused, "SubscribedTopicRegex `orders(` is not a valid regular expression: unclosed group");
}

#[test]
fn an_expression_that_would_take_too_much_memory_is_refused() {
    for pattern in ["((a{1000}){1000}){1000}".to_owned(), "(".repeat(10_000), "a|".repeat(200_000)] {
        assert!(resolve(&pattern, NAMES.into_iter()).is_err());
    }
}

/// Whoever looks ahead from every character does not come to an end here.
#[test]
fn a_long_expression_is_read_in_one_go() {
    let long = |piece: &str| piece.repeat((1 << 20) / piece.len());
    for (expression, is_one) in [
        (format!("[{}a]", long("[:")), true),
        (format!("[{}", long("[:")), false),
        (long("{"), true),
        (format!("{}}}", long("{")), true),
        (long("{1"), true),
    ] {
        assert_eq!(re2::translate(&expression).is_ok(), is_one, "{}...", &expression[..10]);
    }
}
