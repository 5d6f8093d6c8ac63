//! Names of people whom nobody has told us of: by the words that stand before or after a name, and by the surname.

use std::ops::Range;

use super::folded::{Folded, is_han};

/// 称呼: a name stands before these.
const TITLES: [&str; 18] = [
    "先生", "女士", "小姐", "同志", "师傅", "老师", "老板", "经理", "大爷", "大妈", "大姐", "大哥", "阿姨", "主任",
    "科长", "局长", "所长", "书记",
];
/// 称谓: a name may stand after these.
const ROLES: [&str; 24] = [
    "法定代表人",
    "法人代表",
    "联系人",
    "经办人",
    "申请人",
    "当事人",
    "代理人",
    "委托人",
    "负责人",
    "承办人",
    "代办人",
    "投诉人",
    "反映人",
    "来电人",
    "收件人",
    "权利人",
    "经营者",
    "姓名",
    "户主",
    "业主",
    "村民",
    "居民",
    "名叫",
    "我叫",
];
/// What may stand between the word and the name, and makes it the surer that one follows.
const LEADS: &[char] = &[':', '为', '是', '叫', ' ', '(', '“', '"'];

const DOUBLE: [&str; 22] = [
    "欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "东方", "南宫", "西门",
    "独孤", "端木", "轩辕", "长孙", "宇文", "闻人", "澹台", "呼延",
];
/// The surnames of all but a few in a thousand.
const SINGLE: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆\
汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁\
岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳\
时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明\
佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储芮奚蔺濮阙林闾丘赖傅谌洪池倪应阎江叶楼潘莘";
/// Surnames that are more often something else: only a sign before the name makes them one.
const AMBIGUOUS: &str =
    "于向和时从应能过经还因成全安关单解连明师商路和车文方时高任万白石江金夏华温南乐官封查党房游申农司古";
/// Not part of a given name: what follows one.
const AFTER_NAME: &str = "的了在于已向到来和与及是为称说把被从对给让也又再就都还要想去因曾将未没无有不可应能需请反表提要咨办申前持带电认至由经说";

/// What one text tells of names.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) at: Vec<Range<usize>>,
    /// Those of two characters or more, to be looked for elsewhere.
    pub(super) full_names: Vec<Vec<char>>,
}

pub(super) fn told(text: &Folded) -> Told {
    let mut told = Told::default();
    for place in 0..text.chars().len() {
        if TITLES.iter().any(|title| text.says(place, title)) {
            told.note(text, before(text, place));
        }
        if let Some(role) = ROLES.iter().find(|role| text.said_before(place, role)) {
            told.note(text, after(text, place, role.ends_with('叫')));
        }
    }
    told
}

impl Told {
    fn note(&mut self, text: &Folded, name: Option<Range<usize>>) {
        let Some(at) = name else { return };
        let Some(name) = text.chars().get(at.clone()) else { return };
        // 张某 is nobody any more.
        if name.contains(&'某') {
            return;
        }
        if name.len() > 1 {
            self.full_names.push(name.to_vec());
        }
        self.at.push(at);
    }
}

/// The name that ends where a title begins: a surname and at most two characters, the longest that can be one.
fn before(text: &Folded, end: usize) -> Option<Range<usize>> {
    (1..=4).rev().filter_map(|length| end.checked_sub(length)).map(|start| start..end).find(|at| {
        let within = text.chars().get(at.clone()).is_some_and(|name| name.iter().all(|c| is_han(*c)));
        let surname = surname(text, at.start, false);
        let given = at.len().saturating_sub(surname);
        within && surname > 0 && given <= 2 && (at.len() > 1 || !is_in(AMBIGUOUS, text.at(at.start)))
    })
}

/// The name that begins after a word like 联系人.
fn after(text: &Folded, place: usize, certain: bool) -> Option<Range<usize>> {
    let mut start = place;
    while start - place < 3 && text.at(start).is_some_and(|c| LEADS.contains(&c)) {
        start += 1;
    }
    let surname = surname(text, start, !certain && start == place);
    if surname == 0 {
        return None;
    }
    let given = (0..2).take_while(|nth| {
        text.at(start + surname + nth)
            .is_some_and(|c| is_han(c) && !AFTER_NAME.contains(c) && !(*nth == 1 && c == '某'))
    });
    let given = given.count();
    (given > 0).then_some(start..start + surname + given)
}

/// How many characters of a surname stand at `place`.
fn surname(text: &Folded, place: usize, careful: bool) -> usize {
    if DOUBLE.iter().any(|name| text.says(place, name)) {
        return 2;
    }
    let is_one = is_in(SINGLE, text.at(place)) && !(careful && is_in(AMBIGUOUS, text.at(place)));
    usize::from(is_one)
}

fn is_in(list: &str, c: Option<char>) -> bool {
    c.is_some_and(|c| list.contains(c))
}
