//! Messages from the contract; the service so that its answers are bytes, encoded when they were read.

use std::{env, error::Error, fs, path::Path};

use prost::Message;
use tonic_build::manual::{Builder, Method, Service};

const CONTRACTS: &str = "../contracts";
const CONTRACT: &str = "shop/lookup/v1/product_lookup.proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={CONTRACTS}/{CONTRACT}");
    let contract = protox::compile([CONTRACT], [CONTRACTS])?;
    let descriptors = Path::new(&env::var("OUT_DIR")?).join("contract.bin");
    fs::write(descriptors, contract.encode_to_vec())?;

    let file = &contract.file[0];
    let service = &file.service[0];
    let mut built = Service::builder()
        .package(file.package())
        .name(service.name());
    for method in &service.method {
        let name = method.name();
        let input = method.input_type().rsplit('.').next().unwrap_or_default();
        built = built.method(
            Method::builder()
                .name(snake_case(name))
                .route_name(name)
                .input_type(format!("crate::contract::{input}"))
                .output_type("bytes::Bytes")
                .codec_path("crate::wire::Encoded")
                .build(),
        );
    }
    Builder::new().build_client(false).compile(&[built.build()]);
    prost_build::Config::new().compile_fds(contract)?;
    Ok(())
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (position, letter) in name.char_indices() {
        if letter.is_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
