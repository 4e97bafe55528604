//! `fluxctl group` and `fluxctl offsets`.

use serde_json::{Value, json};

use super::fixture::{Person, Said};

#[test]
fn offsets_of_logs() {
    let person = Person::new();
    let _broker = person.broker(&["--memory"]);
    person.out(&["topic", "create", "orders", "-p", "2"]);
    for (partition, value) in [("0", "a"), ("0", "b"), ("1", "c")] {
        person.out(&["produce", "orders", "-p", partition, value]);
    }
    assert_eq!(
        person.run(&["offsets", "list", "orders"]),
        Said::new(
            0,
            "TOPIC   PARTITION  LOG START  LOG END  RECORDS AT MOST\n\
             orders          0          0        2                2\n\
             orders          1          0        1                1\n",
            ""
        )
    );
    let parse = |words: &[&str]| -> Value { serde_json::from_str(&person.out(words)).unwrap() };
    let found = parse(&["offsets", "at", "orders", "@-1h", "-O", "json"]);
    assert_eq!(
        found[1],
        json!({ "topic": "orders", "partition": 1, "offset": 0, "timestamp": found[1]["timestamp"],
                "log_start_offset": 0, "log_end_offset": 1 })
    );
    assert!(found[1]["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
    let late = person.run(&["offsets", "at", "orders", "@1h", "-O", "csv"]);
    assert_eq!(
        late.out,
        "TOPIC,PARTITION,OFFSET,TIMESTAMP,LOG START,LOG END\norders,0,2,-,0,2\norders,1,1,-,0,1\n"
    );
    assert!(late.err.contains("in the future: that is the log's end; `@-1h` is that long ago"), "{late:?}");
    assert_eq!(
        person.run(&["offsets", "list", "ordres"]),
        Said::new(
            3,
            "",
            "error: topic `ordres` does not exist\nhint: did you mean `orders`? Else `fluxctl topic create ordres` creates \
             it\n"
        )
    );
}
