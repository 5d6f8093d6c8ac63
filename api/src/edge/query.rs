use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;

use crate::problem::Error;

/// 查询参数. Unknown names have been refused by the edge; wrong values are named here.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T> Query<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let message = error.inner().to_string();
        let named = message.split('`').nth(1).unwrap_or_default().to_owned();
        if message.starts_with("missing field") {
            return Error::parameter(named, "缺少必填参数");
        }
        if message.starts_with("duplicate field") {
            return Error::parameter(named, "参数重复");
        }
        let is_ours = message.chars().next().is_some_and(|first| !first.is_ascii());
        let detail = if is_ours { message } else { "取值不符合要求".to_owned() };
        Error::parameter(error.path().to_string(), detail)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        limit: u16,
        centre: Option<kernel::Centre>,
    }

    fn fault(query: &str) -> (String, String) {
        let Error::Unknown(_, faults) = read::<Filter>(query).unwrap_err() else { panic!("a parameter is wrong") };
        (faults[0].parameter.clone().unwrap(), faults[0].detail.clone())
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        assert_eq!(fault("limit=many").0, "limit");
        assert_eq!(fault("limit=1&centre=12"), ("centre".to_owned(), "行政区划代码应为6位数字".to_owned()));
        assert_eq!(fault("centre=331081"), ("limit".to_owned(), "缺少必填参数".to_owned()));
        assert_eq!(fault("limit=1&limit=2"), ("limit".to_owned(), "参数重复".to_owned()));
        let good: Filter = read("limit=5&centre=331081").unwrap();
        assert_eq!((good.limit, good.centre), (5, Some(kernel::Centre::WENLING)));
    }
}
