//! What is told of a changed product: `../contracts/events/product-changed.v1.json`.

use chrono::DateTime;
use serde_json::Value;

const MOST_CHARACTERS: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub product_id: String,
    /// The product's after the change.
    pub version: i64,
    /// Since the epoch.
    pub changed_at_s: f64,
}

/// A product that was read again: its version in the snapshot before and after, None for no product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub before: Option<i64>,
    pub now: Option<i64>,
}

impl Taken {
    /// Whether the reading has made the change visible, which it was not before.
    pub fn shows(self, change: &Change) -> bool {
        match self.now {
            None => self.before.is_some(),
            Some(now) => {
                now >= change.version && self.before.is_none_or(|before| before < change.version)
            }
        }
    }

    /// Whether the product is there, and not yet as the change left it.
    pub fn behind(self, change: &Change) -> bool {
        self.now.is_some_and(|now| now < change.version)
    }
}

/// From a record's value; None where it is not what the contract says.
pub fn change_of(value: &[u8]) -> Option<Change> {
    let payload: Value = serde_json::from_slice(value).ok()?;
    let product_id = payload.get("product_id")?.as_str()?;
    let version = payload.get("version")?.as_i64()?;
    let changed_at = payload.get("changed_at")?.as_str()?;
    let characters = product_id.chars().count();
    // No text in Postgres holds a NUL.
    if !(1..=MOST_CHARACTERS).contains(&characters) || product_id.contains('\0') || version < 1 {
        return None;
    }
    let moment = DateTime::parse_from_rfc3339(changed_at).ok()?;
    Some(Change {
        product_id: product_id.to_owned(),
        version,
        changed_at_s: moment.timestamp_micros() as f64 / 1e6,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(version: i64) -> Change {
        Change {
            product_id: "mug".into(),
            version,
            changed_at_s: 0.0,
        }
    }

    #[test]
    fn what_the_contract_says_is_read_and_more_is_ignored() {
        let value = br#"{"product_id": "m\u00fcg", "version": 7, "changed": ["price"],
            "changed_at": "1970-01-01T01:00:01.5+01:00", "by": {"whom": null}}"#;
        let read = change_of(value).unwrap();
        assert_eq!((&*read.product_id, read.version), ("müg", 7));
        assert_eq!(read.changed_at_s, 1.5);
    }

    #[test]
    fn what_it_does_not_say_is_unreadable() {
        let long = "ü".repeat(65);
        let nested = "[".repeat(100_000);
        let with = |id: &str, version: &str, at: &str| {
            format!(r#"{{"product_id": {id}, "version": {version}, "changed_at": {at}}}"#)
        };
        const AT: &str = r#""2026-01-01T00:00:00Z""#;
        for value in [
            String::new(),
            "null".into(),
            "[1]".into(),
            nested,
            with(r#""""#, "1", AT),
            with(&format!("\"{long}\""), "1", AT),
            with(r#""a\u0000b""#, "1", AT),
            with(r#""\ud800""#, "1", AT),
            with("1", "1", AT),
            with(r#""mug""#, "0", AT),
            with(r#""mug""#, "true", AT),
            with(r#""mug""#, "1.0", AT),
            with(r#""mug""#, "9223372036854775808", AT),
            with(r#""mug""#, "1", "1"),
            with(r#""mug""#, "1", r#""yesterday""#),
            with(r#""mug""#, "1", r#""2026-01-01T00:00:00""#),
            r#"{"product_id": "mug", "version": 1}"#.into(),
        ] {
            assert_eq!(change_of(value.as_bytes()), None, "{value}");
        }
        assert_eq!(change_of(b"\xff"), None);
        assert!(change_of(with(r#""mug""#, "1", AT).as_bytes()).is_some());
    }

    #[test]
    fn a_change_is_shown_once() {
        for (before, now, version, shown, behind) in [
            (Some(1), Some(2), 2, true, false),
            (Some(1), Some(3), 2, true, false),
            (None, Some(1), 1, true, false),
            (Some(2), None, 3, true, false),
            (Some(2), Some(2), 2, false, false),
            (Some(3), Some(3), 2, false, false),
            (None, None, 2, false, false),
            (Some(1), Some(2), 3, false, true),
        ] {
            let (taken, change) = (Taken { before, now }, change(version));
            let found = (taken.shows(&change), taken.behind(&change));
            assert_eq!(found, (shown, behind), "{taken:?} {change:?}");
        }
    }
}
