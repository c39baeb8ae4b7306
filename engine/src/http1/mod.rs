//! HTTP/1.1: requests from prepared bytes, answers through a small parser. No client library, so
//! that the cost of a request is two system calls and little else.

mod answer;
mod connection;
mod request;

pub use connection::Connection;
pub use request::Request;
