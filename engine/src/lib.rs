//! The load engine.

pub mod feed;
pub mod histogram;
mod python;
pub mod random;
