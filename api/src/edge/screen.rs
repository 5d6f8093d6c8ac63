//! A look at JSON text before it is read: how deep it goes, and whether it hides control characters.

use crate::problem::{Error, Kind};

/// Deepest nesting of a body.
pub(super) const MAX_DEPTH: usize = 32;

/// Refuses what is too deep, and control characters other than tab and line break: one database would store NUL, the
/// other would not. Whether it is JSON at all is left to the parser.
pub(super) fn screen(json: &[u8]) -> Result<(), Error> {
    let (mut depth, mut at, mut in_string) = (0_usize, 0, false);
    while let Some(byte) = json.get(at) {
        at += 1;
        if in_string {
            match byte {
                b'"' => in_string = false,
                b'\\' => {
                    if hides_control(&json[at..]) {
                        return Err(control());
                    }
                    at += 1;
                }
                0x7f => return Err(control()),
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Error::of(Kind::TooDeep, format!("最多嵌套 {MAX_DEPTH} 层。")));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Whether an escape, without its backslash, stands for a control character that is not allowed.
fn hides_control(escape: &[u8]) -> bool {
    match escape.first() {
        Some(b'b' | b'f') => true,
        Some(b'u') => {
            let digits = escape.get(1..5).and_then(|digits| std::str::from_utf8(digits).ok());
            let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            code.is_some_and(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        }
        _ => false,
    }
}

fn control() -> Error {
    Error::of(Kind::ControlCharacter, "文本中只允许制表符与换行。")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(json: &str) -> Option<Kind> {
        screen(json.as_bytes()).err().map(|error| error.kind())
    }

    /// D13: NUL and other control characters never reach a database.
    #[test]
    fn control_characters_are_refused_however_they_are_written() {
        for json in [
            r#"{"a":"\u0000"}"#,
            r#"{"a":"\u001B"}"#,
            r#"{"\u0007":1}"#,
            r#"{"a":"\b"}"#,
            "{\"a\":\"\u{7f}\"}",
            r#""\u0085""#,
        ] {
            assert_eq!(kind(json), Some(Kind::ControlCharacter), "{json}");
        }
        for json in [r#"{"a":"\n\t\r\u000A"}"#, r#"{"a":"\\u0000"}"#, r#"{"a":"\"\\"}"#, r#"{"a":"一窗"}"#] {
            assert_eq!(kind(json), None, "{json}");
        }
    }

    #[test]
    fn nesting_is_bounded_outside_strings() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(kind(&nested(MAX_DEPTH)), None);
        assert_eq!(kind(&nested(MAX_DEPTH + 1)), Some(Kind::TooDeep));
        assert_eq!(kind(&format!("\"{}\"", "[".repeat(100))), None);
    }
}
