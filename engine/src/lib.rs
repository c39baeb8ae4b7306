//! Assay's load engine: one block of load on one system, measured without flattering it.
//!
//! In the order in which a block passes through them:
//!
//! * [`spec`]: what is asked for, read from JSON and checked.
//! * [`feed`], [`template`], [`message`]: the values that requests draw, and the bytes they go into.
//! * [`schedule`], [`sequence`]: when each request begins and which one it is, from the seed alone.
//! * [`run`]: starts the threads and puts their counts together; [`shared`] is what they have in
//!   common.
//! * [`worker`]: one thread, its dispatcher and its slots ([`pool`]).
//! * [`net`], [`http1`], [`grpc`]: connections, and one request over them.
//! * [`outcome`], [`recorder`], [`histogram`], [`slices`]: what is counted.
//! * [`awake`], [`hiccups`], [`os`]: what the machine did meanwhile, and what the kernel is asked for.
//!
//! Beside all that, [`link`] is what connects two processes of the system where a fault is to trouble it,
//! and [`calls`] where it is to trouble some of their calls.
//!
//! Latency counts from the intended start of a request, so that a stall of the system is charged to
//! every request it held up (no coordinated omission); the service time is kept beside it.

pub mod awake;
pub mod calls;
pub mod feed;
pub mod grpc;
pub mod hiccups;
pub mod histogram;
pub mod http1;
pub mod link;
pub mod message;
pub mod net;
pub mod os;
pub mod outcome;
pub mod pool;
mod python;
pub mod random;
pub mod recorder;
pub mod run;
pub mod schedule;
pub mod sequence;
pub mod shared;
pub mod slices;
pub mod spec;
pub mod template;
pub mod worker;
