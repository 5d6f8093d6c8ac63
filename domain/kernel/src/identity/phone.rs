use crate::personal::Personal;

/// Why a text is not a telephone number. Never repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("电话应为11位手机号，或区号加7至8位固定电话，如0576-86000000")]
pub struct BadPhone;

/// 联系电话 within China: 手机 `13800000000` or 固定电话 `0576-86000000`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phone {
    number: Personal<String>,
}

impl Phone {
    /// Reads a number as typed: surrounding space and `+86` go, a landline's hyphen may be missing.
    pub fn parse(text: &str) -> Result<Self, BadPhone> {
        let text = text.trim();
        let number = match text.strip_prefix("+86") {
            Some(national) if national.starts_with('0') => return Err(BadPhone),
            Some(national) => mobile(national),
            None => mobile(text).or_else(|| landline(text)),
        };
        number.map(|number| Self { number: Personal::new(number) }).ok_or(BadPhone)
    }

    pub fn number(&self) -> &Personal<String> {
        &self.number
    }
}

fn mobile(text: &str) -> Option<String> {
    let digits = text.as_bytes();
    let right = digits.len() == 11
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] == b'1'
        && (b'3'..=b'9').contains(&digits[1]);
    right.then(|| text.to_owned())
}

/// Area codes of three digits are 010 and 02x, all others have four. A subscriber's number begins with 2 to 8.
fn landline(text: &str) -> Option<String> {
    let area_length = if text.starts_with("010") || text.starts_with("02") { 3 } else { 4 };
    let (area, rest) = text.split_at_checked(area_length)?;
    let subscriber = rest.strip_prefix('-').unwrap_or(rest);
    let right = area.starts_with('0')
        && area.as_bytes().get(1).is_some_and(|digit| *digit != b'0')
        && area.bytes().chain(subscriber.bytes()).all(|b| b.is_ascii_digit())
        && (7..=8).contains(&subscriber.len())
        && subscriber.starts_with(|first| ('2'..='8').contains(&first));
    right.then(|| format!("{area}-{subscriber}"))
}
