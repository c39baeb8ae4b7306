//! Products as bytes that are sent as they are.
//!
//! `GetResponse.product` and `BatchGetResponse.products` are both field 1, a `Product`. So the bytes
//! of a whole `GetResponse` are also one entry of a `BatchGetResponse`, and answers of both kinds
//! are made by joining what was encoded once. A test holds the contract to that.

use std::marker::PhantomData;

use bytes::{BufMut, Bytes};
use prost::Message;
use tokio_postgres::Row;
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, EncodeBuf, Encoder};
use tonic_prost::{ProstCodec, ProstDecoder};

use crate::contract::{BatchGetResponse, GetResponse, Money, Option as Choice, Product, Variant};
use crate::store::StoreError;

/// A product of `queries`, of which `answer` is the serialised `GetResponse`.
pub struct Read {
    pub id: String,
    pub version: i64,
    pub answer: Vec<u8>,
}

/// Errors where the row is not what `queries` promises: a store with another schema.
pub fn read(row: &Row) -> Result<Read, StoreError> {
    let product = Product {
        id: row.try_get("id")?,
        title: row.try_get("title")?,
        brand: row.try_get("brand")?,
        category_path: row.try_get("category_path")?,
        version: row.try_get("version")?,
        variants: variants(row)?,
    };
    let (id, version) = (product.id.clone(), product.version);
    let answer = GetResponse {
        product: Some(product),
    };
    Ok(Read {
        id,
        version,
        answer: answer.encode_to_vec(),
    })
}

fn variants(row: &Row) -> Result<Vec<Variant>, StoreError> {
    // A product without variants has NULL for all of the columns.
    let Some(ids) = row.try_get::<_, Option<Vec<String>>>("variants")? else {
        return Ok(Vec::new());
    };
    let skus: Vec<String> = row.try_get("skus")?;
    let options: Vec<&str> = row.try_get("options")?;
    let currencies: Vec<String> = row.try_get("currencies")?;
    let prices_minor: Vec<i64> = row.try_get("prices_minor")?;
    let available: Vec<i32> = row.try_get("available")?;
    ids.into_iter()
        .zip(skus)
        .zip(options)
        .zip(currencies)
        .zip(prices_minor)
        .zip(available)
        .map(
            |(((((id, sku), options), currency), amount_minor), available)| {
                Ok(Variant {
                    id,
                    sku,
                    options: choices(options)?,
                    price: Some(Money {
                        currency,
                        amount_minor,
                    }),
                    available,
                })
            },
        )
        .collect()
}

/// From `[["Colour", "Sea Green"], ["Size", "M"]]`, in that order.
fn choices(options: &str) -> Result<Vec<Choice>, StoreError> {
    let pairs: Vec<(String, String)> =
        serde_json::from_str(options).map_err(|error| StoreError::options(options, &error))?;
    Ok(pairs
        .into_iter()
        .map(|(name, value)| Choice { name, value })
        .collect())
}

/// A serialised `BatchGetResponse`: the answers of those found, in the order asked for.
pub fn batch(asked: &[&str], found: &[Option<Bytes>]) -> Bytes {
    let missing = BatchGetResponse {
        products: Vec::new(),
        missing: asked
            .iter()
            .zip(found)
            .filter(|(_, answer)| answer.is_none())
            .map(|(id, _)| (*id).to_owned())
            .collect(),
    };
    let length = found.iter().flatten().map(Bytes::len).sum::<usize>() + missing.encoded_len();
    let mut joined = Vec::with_capacity(length);
    for answer in found.iter().flatten() {
        joined.extend_from_slice(answer);
    }
    missing.encode_raw(&mut joined);
    joined.into()
}

/// The codec of a service whose answers are encoded already.
pub struct Encoded<D>(PhantomData<D>);

impl<D> Default for Encoded<D> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<D: Message + Default + Send + 'static> Codec for Encoded<D> {
    type Encode = Bytes;
    type Decode = D;
    type Encoder = AsItIs;
    type Decoder = ProstDecoder<D>;

    fn encoder(&mut self) -> AsItIs {
        AsItIs
    }

    fn decoder(&mut self) -> ProstDecoder<D> {
        ProstCodec::<(), D>::raw_decoder(BufferSettings::new(REQUEST_BYTES, REQUEST_BYTES))
    }
}

/// Most requests are one id; tonic would set aside 8 KiB for each.
const REQUEST_BYTES: usize = 512;
/// Most answers are one product.
const ANSWER_BYTES: usize = 2_048;

pub struct AsItIs;

impl Encoder for AsItIs {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, answer: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(answer);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(ANSWER_BYTES, 32 * 1024)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn options_keep_their_order() {
        let read = choices(r#"[["Size", "M"], ["Colour", "Sea \"Green\""]]"#).unwrap();
        let pairs: Vec<_> = read.iter().map(|c| (&*c.name, &*c.value)).collect();
        assert_eq!(pairs, [("Size", "M"), ("Colour", "Sea \"Green\"")]);
        assert!(choices("[]").unwrap().is_empty());
    }

    #[test]
    fn options_that_are_no_pairs_are_shown() {
        let error = choices(r#"{"Size": "M"}"#).unwrap_err().to_string();
        assert!(error.contains(r#"{"Size": "M"}"#), "{error}");
    }

    fn product() -> impl Strategy<Value = Product> {
        let variant = (".*", ".*", 0..=i64::MAX, 0..=i32::MAX).prop_map(
            |(id, sku, amount_minor, available)| Variant {
                id,
                sku,
                options: vec![Choice {
                    name: "Size".into(),
                    value: "M".into(),
                }],
                price: Some(Money {
                    currency: "EUR".into(),
                    amount_minor,
                }),
                available,
            },
        );
        let variants = prop::collection::vec(variant, 0..4);
        (".*", ".*", any::<i64>(), variants).prop_map(|(id, title, version, variants)| Product {
            id,
            title,
            brand: "Heath".into(),
            category_path: vec!["Home".into(), "Mugs".into()],
            variants,
            version,
        })
    }

    proptest! {
        /// What this file rests on: the same field in both answers.
        #[test]
        fn joined_bytes_are_a_batch(asked in prop::collection::vec((product(), any::<bool>()), 0..6)) {
            let ids: Vec<&str> = asked.iter().map(|(product, _)| &*product.id).collect();
            let found: Vec<Option<Bytes>> = asked
                .iter()
                .map(|(product, there)| there.then(|| {
                    GetResponse { product: Some(product.clone()) }.encode_to_vec().into()
                }))
                .collect();
            let answer = BatchGetResponse::decode(batch(&ids, &found)).unwrap();
            let (there, not): (Vec<_>, Vec<_>) = asked.into_iter().partition(|(_, there)| *there);
            let there: Vec<Product> = there.into_iter().map(|(product, _)| product).collect();
            let not: Vec<String> = not.into_iter().map(|(product, _)| product.id).collect();
            prop_assert_eq!(answer.products, there);
            prop_assert_eq!(answer.missing, not);
        }
    }
}
