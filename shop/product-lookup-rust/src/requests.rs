//! What may be asked.

use std::fmt;

pub const MAX_ID_CHARACTERS: usize = 64;
pub const MAX_IDS: usize = 1_000;

/// The words name the field and say what would be right.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidRequest(pub String);

pub fn check_id(product_id: &str) -> Result<(), InvalidRequest> {
    check(product_id, &"product_id")
}

pub fn check_ids(product_ids: &[String]) -> Result<(), InvalidRequest> {
    if product_ids.is_empty() {
        return Err(InvalidRequest(format!(
            "product_ids is empty, 1 to {MAX_IDS} ids are needed"
        )));
    }
    let count = product_ids.len();
    if count > MAX_IDS {
        return Err(InvalidRequest(format!(
            "product_ids has {count} ids, at most {MAX_IDS} are allowed"
        )));
    }
    product_ids
        .iter()
        .enumerate()
        .try_for_each(|(position, id)| check(id, &format_args!("product_ids[{position}]")))
}

fn check(product_id: &str, field: &dyn fmt::Display) -> Result<(), InvalidRequest> {
    if product_id.is_empty() {
        return Err(InvalidRequest(format!("{field} is empty")));
    }
    // A character has at least one byte: what is short in bytes need not be counted.
    if product_id.len() <= MAX_ID_CHARACTERS {
        return Ok(());
    }
    match product_id.chars().count() {
        0..=MAX_ID_CHARACTERS => Ok(()),
        count => Err(InvalidRequest(format!(
            "{field} has {count} characters, at most {MAX_ID_CHARACTERS} are allowed"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_can_be() {
        for id in ["a", &"x".repeat(64), &"🍵".repeat(64), " ", "\0"] {
            assert_eq!(check_id(id), Ok(()));
            assert_eq!(check_ids(&vec![id.to_owned(); 1_000]), Ok(()));
        }
    }

    #[test]
    fn an_id_that_cannot_be_says_why() {
        for (id, words) in [
            (String::new(), "product_id is empty"),
            (
                "x".repeat(70),
                "product_id has 70 characters, at most 64 are allowed",
            ),
            (
                "ü".repeat(65),
                "product_id has 65 characters, at most 64 are allowed",
            ),
        ] {
            assert_eq!(check_id(&id), Err(InvalidRequest(words.into())));
        }
    }

    #[test]
    fn ids_that_cannot_be_say_which_and_why() {
        let a = || "a".to_owned();
        for (ids, words) in [
            (vec![], "product_ids is empty, 1 to 1000 ids are needed"),
            (
                vec![a(); 1_001],
                "product_ids has 1001 ids, at most 1000 are allowed",
            ),
            (
                vec![a(), a(), a(), String::new()],
                "product_ids[3] is empty",
            ),
            (
                vec!["x".repeat(65)],
                "product_ids[0] has 65 characters, at most 64 are allowed",
            ),
        ] {
            assert_eq!(check_ids(&ids), Err(InvalidRequest(words.into())));
        }
    }
}
