use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::Answer;

/// A case as its callers last saw it. Clones are the same case.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub number: String,
    /// Where it is found: `/v1/cases`, or wherever the like of it is.
    base: &'static str,
    seen: Arc<Mutex<(String, Value)>>,
}

impl Case {
    /// The case in an answer.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        Self { number: answer.text("/number"), ..Self::at_base(answer, "/v1/cases") }
    }

    #[track_caller]
    pub(crate) fn at_base(answer: &Answer, base: &'static str) -> Self {
        let seen = (answer.header("etag").to_owned(), answer.body.clone());
        Self { id: answer.text("/id"), number: String::new(), base, seen: Arc::new(Mutex::new(seen)) }
    }

    /// Whatever a later answer says of it.
    pub fn is_now(&self, answer: &Answer) {
        if matches!(answer.status, 200 | 201) && answer["id"] == self.id.as_str() {
            *self.seen.lock().unwrap() = (answer.header("etag").to_owned(), answer.body.clone());
        }
    }

    pub fn etag(&self) -> String {
        self.seen.lock().unwrap().0.clone()
    }

    pub fn view(&self) -> Value {
        self.seen.lock().unwrap().1.clone()
    }

    /// The value at a JSON pointer of the view; null where there is none.
    pub fn at(&self, pointer: &str) -> Value {
        self.view().pointer(pointer).cloned().unwrap_or_default()
    }

    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap_or_default().to_owned()
    }

    pub fn stage(&self) -> String {
        self.text("/stage")
    }

    pub fn window(&self) -> String {
        self.text("/window")
    }

    pub fn department(&self) -> String {
        self.text("/department")
    }

    /// The applicant's id.
    pub fn party(&self) -> String {
        self.text("/applicant/id")
    }

    /// The materials that the guide asks for.
    pub fn materials(&self) -> Vec<Value> {
        self.at("/materials").as_array().cloned().unwrap_or_default()
    }

    /// Whether the caller who saw it last may do this next.
    #[track_caller]
    pub fn allows(&self, action: &str) -> bool {
        self.permit(action)["allowed"] == true
    }

    /// Why not, by code.
    #[track_caller]
    pub fn forbids(&self, action: &str) -> String {
        self.permit(action)["code"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn permit(&self, action: &str) -> Value {
        let permits = self.at("/allowed_actions").as_array().cloned().unwrap_or_default();
        let found = permits.into_iter().find(|permit| permit["action"] == action);
        found.unwrap_or_else(|| panic!("{action} is not among the allowed actions"))
    }

    pub fn path(&self, rest: &str) -> String {
        match rest {
            "" => format!("{}/{}", self.base, self.id),
            rest => format!("{}/{}/{rest}", self.base, self.id),
        }
    }
}
