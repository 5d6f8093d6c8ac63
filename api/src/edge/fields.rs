//! From a request's plain values to the domain's types, with every fault named at once (clause B2-4 in spirit: one
//! notice, complete).

use std::fmt::Display;

use crate::problem::{Error, FieldProblem};

/// 字段校验: collects what is wrong.
///
/// ```
/// # use api::{edge::Fields, problem::Error};
/// # use kernel::{Centre, Text};
/// # fn read(centre: &str, name: &str) -> Result<(), Error> {
/// let mut fields = Fields::new();
/// let centre = fields.take("/centre", centre.parse::<Centre>());
/// let name = fields.take("/applicant/name", Text::<100>::new(name));
/// let (centre, name) = fields.all((centre, name))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldProblem>);

impl Fields {
    pub fn new() -> Self {
        Self::default()
    }

    /// The value, or a note of why it is none.
    pub fn take<T, E: Display>(&mut self, pointer: impl Into<String>, value: Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(fault) => {
                self.refuse(pointer, "invalid_value", fault.to_string());
                None
            }
        }
    }

    /// As [`Fields::take`], for a value that need not be there. What is absent is no fault.
    pub fn take_optional<T, E: Display>(
        &mut self,
        pointer: impl Into<String>,
        value: Option<Result<T, E>>,
    ) -> Option<Option<T>> {
        match value {
            None => Some(None),
            Some(value) => self.take(pointer, value).map(Some),
        }
    }

    /// Notes a fault that is not of one value alone.
    pub fn refuse(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(FieldProblem::at(pointer, code, detail));
    }

    /// # Errors
    /// `invalid_fields` with everything that was noted.
    pub fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// All the values, once none is missing.
    ///
    /// # Errors
    /// As [`Fields::finish`].
    pub fn all<T: Taken>(self, values: T) -> Result<T::All, Error> {
        self.finish()?;
        values.all().ok_or_else(|| Error::internal("a value is missing that nobody complained of"))
    }
}

/// A tuple of what [`Fields::take`] gave.
pub trait Taken {
    type All;
    fn all(self) -> Option<Self::All>;
}

macro_rules! taken {
    ($($($name:ident)+;)*) => {$(
        impl<$($name),+> Taken for ($(Option<$name>,)+) {
            type All = ($($name,)+);
            #[expect(non_snake_case, reason = "the types' names serve as the variables'")]
            fn all(self) -> Option<Self::All> {
                let ($($name,)+) = self;
                Some(($($name?,)+))
            }
        }
    )*};
}

taken! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_fault_is_named_at_once() {
        let mut fields = Fields::new();
        let count = fields.take("/count", "x".parse::<u8>());
        let code = fields.take("/centre", "3310".parse::<kernel::Centre>());
        let Err(Error::Invalid(faults)) = fields.all((count, code)) else { panic!("two faults") };
        assert_eq!(faults.iter().filter_map(|f| f.pointer.as_deref()).collect::<Vec<_>>(), ["/count", "/centre"]);
    }

    #[test]
    fn good_values_come_back_together() {
        let mut fields = Fields::new();
        let count = fields.take("/count", "7".parse::<u8>());
        let absent = fields.take_optional("/centre", None::<Result<kernel::Centre, kernel::code::BadCentre>>);
        assert_eq!(fields.all((count, absent)).unwrap(), (7, None));
    }
}
