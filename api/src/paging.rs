//! 分页: keyset pages, one way for every list. A page is fetched with one row more than asked, so that nobody counts.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header::CONTENT_TYPE};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{
    auth::Secret,
    cursor,
    problem::{Answer, Error},
    schema,
    views::{Page, PageInfo},
};

const USUAL: i64 = 20;
const LARGEST: i64 = 200;
/// Bytes that a page and a row of it mostly stay below, so that an answer does not grow while it is written.
const ENVELOPE: usize = 256;
const ROW: usize = 512;

/// 分页: of a list that is narrowed by nothing.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    pub cursor: Option<String>,
}

/// One list as one caller reads it. A cursor is good for the same list, caller and filters, whatever the page size.
#[derive(Clone, Debug)]
pub struct Paging {
    secret: Secret,
    path: Cow<'static, str>,
    scope: String,
    filters: String,
    limit: i64,
}

impl Paging {
    /// `scope` is whoever the list is made for; empty for everybody.
    ///
    /// # Errors
    /// `invalid_parameter` for a page size that is not from 1 to 200.
    pub fn new(
        secret: &Secret,
        path: impl Into<Cow<'static, str>>,
        scope: String,
        filters: &impl Serialize,
        limit: Option<i64>,
    ) -> Answer<Self> {
        let filters = serde_urlencoded::to_string(filters).map_err(Error::internal)?;
        Ok(Self { secret: secret.clone(), path: path.into(), scope, filters, limit: page_size(limit)? })
    }

    /// Where to go on.
    ///
    /// # Errors
    /// `invalid_cursor`.
    pub fn place<T: DeserializeOwned>(&self, cursor: Option<&str>) -> Answer<Option<T>> {
        cursor.map(|text| cursor::open(&self.secret, &self.list(), text)).transpose()
    }

    /// How many rows to fetch.
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// The page that the rows make, with `Link: <…>; rel="next"` (RFC 8288) where there is a next one: the same filters
    /// and as many rows. `place` is what the next page begins after.
    pub fn page<R, P: Serialize, V: Serialize>(
        &self,
        mut rows: Vec<R>,
        place: impl FnOnce(&R) -> P,
        view: impl FnMut(R) -> V,
    ) -> Answer<Listed> {
        let limit = usize::try_from(self.limit).map_err(Error::internal)?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let seal = |last| cursor::seal(&self.secret, &self.list(), &place(last));
        let next_cursor = rows.last().filter(|_| has_more).map(seal).transpose()?;
        let link = next_cursor.as_ref().map(|cursor| {
            let and = if self.filters.is_empty() { "" } else { "&" };
            format!("<{}?{}{and}limit={}&cursor={cursor}>; rel=\"next\"", self.path, self.filters, self.limit)
        });
        let mut json = Vec::with_capacity(ENVELOPE + rows.len() * ROW);
        let page = Page { data: rows.into_iter().map(view).collect(), page: PageInfo { next_cursor, has_more } };
        serde_json::to_writer(&mut json, &page).map_err(Error::internal)?;
        Ok(Listed { json, link })
    }

    fn list(&self) -> String {
        format!("{} {} {}", self.path, self.scope, self.filters)
    }
}

/// How many rows a caller wants at a time.
///
/// # Errors
/// `invalid_parameter` for what is not from 1 to 200.
pub fn page_size(limit: Option<i64>) -> Answer<i64> {
    match limit.unwrap_or(USUAL) {
        limit @ 1..=LARGEST => Ok(limit),
        _ => Err(Error::parameter("limit", "应为1至200")),
    }
}

/// A page, ready to be sent.
#[derive(Clone, Debug)]
pub struct Listed {
    json: Vec<u8>,
    link: Option<String>,
}

impl Responder for Listed {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, "application/json; charset=utf-8"));
        if let Some(link) = self.link {
            response.insert_header(("Link", link));
        }
        response.body(self.json)
    }
}
