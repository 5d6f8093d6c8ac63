//! Addresses: a place with the number of a house, a room or a village group.

use std::ops::Range;

use super::folded::{Folded, is_han};

/// What an address is numbered by.
const NUMBERED: [&str; 13] = ["号楼", "单元", "号", "弄", "幢", "栋", "座", "室", "楼", "层", "组", "队", "户"];
/// What the number is counted along.
const PLACES: &[char] = &[
    '路', '街', '道', '巷', '弄', '村', '镇', '乡', '区', '园', '苑', '厦', '寓', '里', '庄', '湾', '浦', '岙', '坊',
    '城', '府', '邸',
];
/// An address does not go back beyond one of these.
const STOPS: &[char] = &[
    '在', '于', '住', '址', '到', '至', '往', '的', '是', '为', '位', '由', '从', '和', '与', '及', '将', '对', '向',
    '赴', '去', '某',
];
/// 3号窗口, 12号文件 are no addresses.
const OTHERWISE: [&str; 9] = ["窗口", "文件", "公告", "令", "线", "文", "通知", "决定", "厅"];
const LONGEST: usize = 25;
const MOST_DIGITS: usize = 6;

pub(super) fn find(text: &Folded) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut place = 0;
    while place < text.chars().len() {
        let Some(end) = numbered(text, place) else {
            place += 1;
            continue;
        };
        let start = beginning(text, place);
        let mut last = end;
        while let Some(end) = numbered(text, last).or_else(|| numbered(text, last + 1).filter(|_| is_joint(text, last)))
        {
            last = end;
        }
        let names_a_place = text.chars().get(start..place).is_some_and(|lead| lead.iter().any(|c| PLACES.contains(c)));
        if names_a_place && !OTHERWISE.iter().any(|word| text.says(last, word)) {
            found.push(start..last);
        }
        place = last;
    }
    found
}

/// `123号`, `2幢`, `甲单元`: the end of what stands at `place`.
fn numbered(text: &Folded, place: usize) -> Option<usize> {
    let is_count = |c: char| c.is_ascii_alphanumeric() || c == '-' || "一二三四五六七八九十百零〇甲乙丙丁".contains(c);
    let length = (0..=MOST_DIGITS).take_while(|nth| text.at(place + nth).is_some_and(is_count)).count();
    if length == 0 || length > MOST_DIGITS {
        return None;
    }
    let by = NUMBERED.iter().find(|by| text.says(place + length, by))?;
    Some(place + length + by.chars().count())
}

fn is_joint(text: &Folded, place: usize) -> bool {
    text.at(place).is_some_and(|c| matches!(c, ' ' | '-' | ',' | '，'))
}

fn beginning(text: &Folded, place: usize) -> usize {
    let belongs = |c: char| (is_han(c) || c.is_ascii_alphanumeric()) && !STOPS.contains(&c);
    let length = (1..=LONGEST.min(place)).take_while(|back| text.at(place - back).is_some_and(belongs)).count();
    place - length
}
