//! Columns of values that requests draw from.

use rand_core::Rng;

use crate::random::{Random, unit};

/// How the next value is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Draw {
    Uniform,
    /// The i-th value, from 1, with probability proportional to i^-s.
    Zipf {
        s: f64,
    },
    /// One after the other, then from the start again.
    Sequential,
}

/// Values and the means to draw from them; shared by all threads, never changed.
#[derive(Debug)]
pub struct Feed {
    values: Vec<Box<str>>,
    draw: Draw,
    /// For Zipf only: empty otherwise.
    alias: Vec<AliasCell>,
}

/// One column of Walker's alias table: the column itself, or else the alias.
#[derive(Clone, Copy, Debug)]
struct AliasCell {
    own_share: f64,
    alias: u32,
}

impl Feed {
    pub fn new(values: Vec<Box<str>>, draw: Draw) -> Result<Self, String> {
        if values.is_empty() {
            return Err("a feed needs at least one value".into());
        }
        if u32::try_from(values.len()).is_err() {
            return Err(format!("a feed holds at most {} values", u32::MAX));
        }
        let alias = match draw {
            Draw::Zipf { s } if !(s > 0.0 && s.is_finite()) => {
                return Err(format!("s of a zipf draw must be over 0, not {s}"));
            }
            Draw::Zipf { s } => {
                let weights: Vec<f64> = (1..=values.len()).map(|i| (i as f64).powf(-s)).collect();
                alias_table(&weights)
            }
            Draw::Uniform | Draw::Sequential => Vec::new(),
        };
        Ok(Self {
            values,
            draw,
            alias,
        })
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn value(&self, index: usize) -> &str {
        &self.values[index]
    }

    /// Index of the next value. `turn` counts the draws that this generator made before.
    pub fn draw(&self, turn: u64, random: &mut Random) -> usize {
        let size = self.values.len();
        match self.draw {
            Draw::Sequential => (turn % size as u64) as usize,
            Draw::Uniform => below(size, random),
            Draw::Zipf { .. } => {
                let column = below(size, random);
                let cell = self.alias[column];
                if unit(random) < cell.own_share {
                    column
                } else {
                    cell.alias as usize
                }
            }
        }
    }
}

/// A whole number in 0 … size - 1: multiply and shift, whose bias is under size / 2^64.
fn below(size: usize, random: &mut Random) -> usize {
    ((u128::from(random.next_u64()) * size as u128) >> 64) as usize
}

/// Vose's construction of the alias table: draws in constant time, whatever the weights.
fn alias_table(weights: &[f64]) -> Vec<AliasCell> {
    let scale = weights.len() as f64 / weights.iter().sum::<f64>();
    let mut share: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
    let mut table: Vec<AliasCell> = (0..weights.len() as u32)
        .map(|alias| AliasCell {
            own_share: 1.0,
            alias,
        })
        .collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) =
        (0..weights.len()).partition(|&column| share[column] < 1.0);
    while let (Some(&donor), Some(poor)) = (large.last(), small.pop()) {
        table[poor] = AliasCell {
            own_share: share[poor],
            alias: donor as u32,
        };
        share[donor] -= 1.0 - share[poor];
        if share[donor] < 1.0 {
            large.pop();
            small.push(donor);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::random_of;

    fn shares(draw: Draw, size: usize, draws: u64) -> Vec<f64> {
        let values = (0..size).map(|i| i.to_string().into()).collect();
        let feed = Feed::new(values, draw).unwrap();
        let mut random = random_of(7, 0);
        let mut counts = vec![0.0; size];
        for turn in 0..draws {
            counts[feed.draw(turn, &mut random)] += 1.0 / draws as f64;
        }
        counts
    }

    #[test]
    fn the_alias_table_holds_the_weights_exactly() {
        for size in [1, 2, 3, 10, 1000] {
            let weights: Vec<f64> = (1..=size).map(|i| f64::from(i).powf(-0.99)).collect();
            let total: f64 = weights.iter().sum();
            let mut held = vec![0.0; weights.len()];
            for (column, cell) in alias_table(&weights).iter().enumerate() {
                held[column] += cell.own_share / weights.len() as f64;
                held[cell.alias as usize] += (1.0 - cell.own_share) / weights.len() as f64;
            }
            for (held, weight) in held.iter().zip(&weights) {
                assert!((held - weight / total).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn zipf_draws_what_it_says() {
        let drawn = shares(Draw::Zipf { s: 1.0 }, 4, 400_000);
        for (share, expected) in drawn.iter().zip([12.0, 6.0, 4.0, 3.0]) {
            assert!((share - expected / 25.0).abs() < 0.004, "{drawn:?}");
        }
    }

    #[test]
    fn uniform_draws_all_alike() {
        let drawn = shares(Draw::Uniform, 5, 400_000);
        assert!(drawn.iter().all(|share| (share - 0.2).abs() < 0.004));
    }

    #[test]
    fn sequential_goes_round() {
        let values = ["a", "b", "c"].map(Into::into).to_vec();
        let feed = Feed::new(values, Draw::Sequential).unwrap();
        let mut random = random_of(1, 0);
        let drawn: Vec<_> = (0..7)
            .map(|turn| feed.value(feed.draw(turn, &mut random)))
            .collect();
        assert_eq!(drawn, ["a", "b", "c", "a", "b", "c", "a"]);
    }

    #[test]
    fn refuses_what_cannot_be_drawn_from() {
        assert!(Feed::new(vec![], Draw::Uniform).is_err());
        assert!(Feed::new(vec!["a".into()], Draw::Zipf { s: 0.0 }).is_err());
        assert!(Feed::new(vec!["a".into()], Draw::Zipf { s: f64::NAN }).is_err());
    }
}
