//! How domain types appear in the contract: enums by their variants, codes and texts by their bounds.

use std::fmt::Display;

use catalog::DeliveryMethod;
use kernel::access::Power;
use strum::VariantArray;
use utoipa::openapi::{
    KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
    schema::{ArrayBuilder, SchemaType, Type},
};

/// Any text that is not blank and has no control characters but tab and line breaks.
const PRINTABLE: &str =
    r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$";
const CODE: &str = "^[a-z0-9][a-z0-9_-]*$";

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn nullable(builder: ObjectBuilder) -> ObjectBuilder {
    builder.schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
}

/// The variants of a domain enum by their stable names.
pub fn variants<T: VariantArray + Display>() -> RefOr<Schema> {
    string().enum_values(Some(T::VARIANTS.iter().map(T::to_string))).into()
}

/// The same, or null.
pub fn some_variant<T: VariantArray + Display>() -> RefOr<Schema> {
    let names = T::VARIANTS.iter().map(|variant| serde_json::Value::from(variant.to_string()));
    nullable(ObjectBuilder::new()).enum_values(Some(names.chain([serde_json::Value::Null]))).into()
}

/// `kernel::Text<MAX>`.
pub fn text<const MAX: usize>() -> RefOr<Schema> {
    string().min_length(Some(1)).max_length(Some(MAX)).pattern(Some(PRINTABLE)).into()
}

pub fn some_text<const MAX: usize>() -> RefOr<Schema> {
    nullable(ObjectBuilder::new()).min_length(Some(1)).max_length(Some(MAX)).pattern(Some(PRINTABLE)).into()
}

/// Texts of at most `MAX` characters each.
pub fn texts<const MAX: usize>() -> RefOr<Schema> {
    ArrayBuilder::new().items(text::<MAX>()).max_items(Some(30)).into()
}

/// Each way of delivery at most once.
pub fn delivery_methods() -> RefOr<Schema> {
    ArrayBuilder::new().items(variants::<DeliveryMethod>()).max_items(Some(3)).unique_items(true).into()
}

/// 委托权限, 1 to 4 of them.
pub fn powers() -> RefOr<Schema> {
    ArrayBuilder::new().items(variants::<Power>()).min_items(Some(1)).max_items(Some(4)).into()
}

/// 事件类型, as CloudEvents name them.
pub fn event_types() -> RefOr<Schema> {
    let one = string().max_length(Some(100)).enum_values(Some(crate::feed::types()));
    ArrayBuilder::new().items(one).max_items(Some(200)).into()
}

/// 证件号码, as typed.
pub fn document_number() -> RefOr<Schema> {
    string().min_length(Some(5)).max_length(Some(30)).pattern(Some("^[0-9A-Za-z]+$")).into()
}

pub fn some_document_number() -> RefOr<Schema> {
    nullable(ObjectBuilder::new()).min_length(Some(5)).max_length(Some(30)).pattern(Some("^[0-9A-Za-z]+$")).into()
}

/// 电话, as typed.
pub fn phone() -> RefOr<Schema> {
    string().min_length(Some(7)).max_length(Some(20)).pattern(Some("^[0-9+-]+$")).into()
}

pub fn some_phone() -> RefOr<Schema> {
    nullable(ObjectBuilder::new()).min_length(Some(7)).max_length(Some(20)).pattern(Some("^[0-9+-]+$")).into()
}

/// SHA-256 of files, hexadecimal in lower case, 1 to 20 of them.
pub fn file_digests() -> RefOr<Schema> {
    let digest = string().min_length(Some(64)).max_length(Some(64)).pattern(Some("^[0-9a-f]{64}$"));
    let digest: RefOr<Schema> = digest.into();
    ArrayBuilder::new().items(digest).min_items(Some(1)).max_items(Some(20)).into()
}

/// A place in the feed, as its answers name it.
pub fn feed_place() -> RefOr<Schema> {
    string().min_length(Some(1)).max_length(Some(16)).pattern(Some("^[0-9]{1,16}$")).into()
}

/// 分页游标.
pub fn cursor() -> RefOr<Schema> {
    string().min_length(Some(1)).max_length(Some(1000)).pattern(Some("^[A-Za-z0-9_-]+$")).into()
}

/// A short code of `kernel::code`.
pub fn code<const MAX: usize>() -> RefOr<Schema> {
    string().min_length(Some(1)).max_length(Some(MAX)).pattern(Some(CODE)).into()
}

/// Short codes of `kernel::code`, at most 50; saying one twice says it once.
pub fn codes<const MAX: usize>() -> RefOr<Schema> {
    ArrayBuilder::new().items(code::<MAX>()).max_items(Some(50)).into()
}

/// The same, at least one.
pub fn some_codes<const MAX: usize>() -> RefOr<Schema> {
    ArrayBuilder::new().items(code::<MAX>()).min_items(Some(1)).max_items(Some(50)).into()
}

pub fn some_code<const MAX: usize>() -> RefOr<Schema> {
    nullable(ObjectBuilder::new()).min_length(Some(1)).max_length(Some(MAX)).pattern(Some(CODE)).into()
}

/// A UUID.
pub fn id() -> RefOr<Schema> {
    string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).into()
}

/// A day in law, `YYYY-MM-DD`.
pub fn day() -> RefOr<Schema> {
    string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).into()
}

pub fn some_day() -> RefOr<Schema> {
    nullable(ObjectBuilder::new()).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).into()
}

/// An instant, RFC 3339, UTC.
pub fn instant() -> RefOr<Schema> {
    string().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
}

/// A JSON response that carries an `ETag`.
pub fn tagged<T: utoipa::ToSchema>(description: &str) -> utoipa::openapi::Response {
    use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, ResponseBuilder};
    ResponseBuilder::new()
        .description(description)
        .content("application/json", ContentBuilder::new().schema(Some(Ref::from_schema_name(T::name()))).build())
        .header("ETag", HeaderBuilder::new().schema(Some(string())).description(Some("版本，用于 If-Match")).build())
        .build()
}
