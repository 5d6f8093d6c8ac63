//! A text as the finders read it: one character for each of the original, so that places stay what they are.

use std::ops::Range;

/// 归一: full-width forms become ASCII, small letters capitals, the many hyphens one.
#[derive(Debug)]
pub(super) struct Folded(Vec<char>);

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        Self(text.chars().map(fold).collect())
    }

    pub(super) fn chars(&self) -> &[char] {
        &self.0
    }

    pub(super) fn at(&self, place: usize) -> Option<char> {
        self.0.get(place).copied()
    }

    /// Whether `word` stands at `place`.
    pub(super) fn says(&self, place: usize, word: &str) -> bool {
        let mut at = place;
        word.chars().all(|c| {
            let same = self.at(at) == Some(c);
            at += 1;
            same
        })
    }

    /// Whether `word` ends just before `place`.
    pub(super) fn said_before(&self, place: usize, word: &str) -> bool {
        place.checked_sub(word.chars().count()).is_some_and(|start| self.says(start, word))
    }

    /// Where `needle` occurs, whatever space or invisible character is put between its characters.
    pub(super) fn occurrences(&self, needle: &[char]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        while start < self.0.len() {
            match self.matches(start, needle) {
                Some(end) => {
                    found.push(start..end);
                    start = end;
                }
                None => start += 1,
            }
        }
        found
    }

    fn matches(&self, start: usize, needle: &[char]) -> Option<usize> {
        let mut at = start;
        for (nth, expected) in needle.iter().enumerate() {
            while nth > 0 && self.at(at).is_some_and(is_filler) {
                at += 1;
            }
            if self.at(at)? != *expected {
                return None;
            }
            at += 1;
        }
        Some(at)
    }
}

/// A word to look for: folded, without space. None where it is too short to mean anything.
pub(super) fn needle(text: &str) -> Option<Vec<char>> {
    let needle: Vec<char> = text.chars().map(fold).filter(|c| !is_filler(*c)).collect();
    (needle.len() > 1).then_some(needle)
}

/// What may stand between the characters of one word without parting it.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || matches!(c, '·' | '•' | '・')
}

pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// 汉字
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

fn fold(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).map_or(c, |c| c.to_ascii_uppercase()),
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' => '-',
        _ => c.to_ascii_uppercase(),
    }
}
