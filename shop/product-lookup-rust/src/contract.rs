//! What `build.rs` makes of shop/lookup/v1/product_lookup.proto.

include!(concat!(env!("OUT_DIR"), "/shop.lookup.v1.rs"));
include!(concat!(env!("OUT_DIR"), "/shop.lookup.v1.ProductLookup.rs"));

/// The contract itself, for reflection: a serialised `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/contract.bin"));
