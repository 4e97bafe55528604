//! What a watch waits for: `lag=0`, `lag<=100`, `state=empty`.

use fluxmq_client::admin::GroupState;

use super::super::list::state;
use super::history::GroupSample;
use crate::grammar::SyntaxError;
use crate::grammar::syntax::Cursor;

/// The condition that ends a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Until {
    /// No more records than this lie between what is committed and the ends.
    LagAtMost(i64),
    State(GroupState),
}

impl Until {
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new("condition", "lag=0", text);
        let until = if cursor.eat("lag") {
            let less = if cursor.eat("<=") || cursor.eat("=") {
                0
            } else if cursor.eat("<") {
                1
            } else {
                return Err(cursor.error("`=`, `<=` or `<` is missing"));
            };
            let count = cursor.number()?;
            if !cursor.is_done() {
                return Err(cursor.error("text follows the number"));
            }
            Until::LagAtMost(count - less)
        } else if cursor.eat("state=") {
            let known = state(cursor.rest()).map_err(|known| cursor.error(known))?;
            Until::State(known)
        } else {
            return Err(cursor.error("`lag=N`, `lag<=N` or `state=STATE` is wanted"));
        };
        Ok(until)
    }

    /// Whether a group has come so far. A lag that is not known of every partition is not met: a gate must not open
    /// because nothing has been committed yet.
    pub(super) fn is_met(&self, sample: &GroupSample) -> bool {
        match self {
            Until::LagAtMost(count) => sample.whole_lag().is_some_and(|lag| lag <= *count),
            Until::State(GroupState::Empty) => sample.state.is_idle(),
            Until::State(state) => sample.state == *state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        for (text, wanted) in [
            ("lag=0", Until::LagAtMost(0)),
            ("lag<=100", Until::LagAtMost(100)),
            ("lag<100", Until::LagAtMost(99)),
            ("state=empty", Until::State(GroupState::Empty)),
            ("state=preparing-rebalance", Until::State(GroupState::PreparingRebalance)),
        ] {
            assert_eq!(Until::parse(text), Ok(wanted), "{text}");
        }
        for (text, wanted) in [
            ("lag", "condition `lag`: `=`, `<=` or `<` is missing at the end; for example `lag=0`"),
            ("lag=x", "condition `lag=x`: a number is missing at character 5; for example `lag=0`"),
            ("lag=1k", "condition `lag=1k`: text follows the number at character 6; for example `lag=0`"),
            (
                "members=0",
                "condition `members=0`: `lag=N`, `lag<=N` or `state=STATE` is wanted at character 1; for example `lag=0`",
            ),
        ] {
            assert_eq!(Until::parse(text).unwrap_err().to_string(), wanted);
        }
        assert!(
            Until::parse("state=asleep").unwrap_err().to_string().contains("the states are Stable, Empty")
        );
    }

    #[test]
    fn an_unknown_lag_opens_no_gate() {
        let sample = |partitions: &[(Option<i64>, i64)]| GroupSample::of(GroupState::Stable, 1, partitions);
        let drained = Until::LagAtMost(0);
        assert!(drained.is_met(&sample(&[(Some(5), 5), (Some(7), 7)])));
        assert!(!drained.is_met(&sample(&[(Some(5), 5), (Some(6), 7)])));
        assert!(!drained.is_met(&sample(&[(Some(5), 5), (None, 7)])));
        assert!(drained.is_met(&sample(&[(Some(5), 5), (None, 0)])), "an empty log has nothing to commit");
        assert!(!drained.is_met(&sample(&[])), "a group that reads nothing has not caught up");
        assert!(Until::LagAtMost(1).is_met(&sample(&[(Some(6), 7)])));
        assert!(!Until::State(GroupState::Empty).is_met(&sample(&[])));
        assert!(Until::State(GroupState::Empty).is_met(&GroupSample::of(GroupState::Dead, 0, &[])));
    }
}
