//! 附件1 and 附件2 as they are shown and exported, and the figures of the loop (clauses D12-1, D13-1, G4).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use escalation::{
    CarryingGround, CategoryKind, Channel, Impasse, Level, Order, Recorded,
    figures::{Figure, Period},
    register,
};
use exchange::csv_line;
use kernel::{Calendar, Context, DepartmentCode, Instant};
use serde::Serialize;
use strum::VariantArray;
use utoipa::ToSchema;

use super::{
    impasse::SpeakerView,
    order::{FeedbackView, OrderView, SignatureView},
};
use crate::schema;

/// 部门名称 by code.
pub type Names = BTreeMap<DepartmentCode, String>;

/// As people call it; the code where it is of none that is known.
pub fn called(names: &Names, department: &DepartmentCode) -> String {
    names.get(department).cloned().unwrap_or_else(|| department.to_string())
}

/// 记录表的一行: the columns of annex 1, and the impasse that it is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisterLine {
    /// 序号 within the period, from 1.
    pub sequence: u64,
    /// 时间
    #[schema(schema_with = schema::instant)]
    pub time: Instant,
    /// 涉及部门
    pub departments: Vec<String>,
    /// 基本情况
    pub facts: String,
    /// 受理过程
    pub process: String,
    /// 处理结果
    pub result: String,
    #[schema(schema_with = schema::id)]
    pub impasse: String,
}

impl RegisterLine {
    pub fn of(sequence: u64, impasse: &Impasse, record: &[Recorded], names: &Names) -> Self {
        Self {
            sequence,
            time: impasse.registered_at,
            departments: impasse.departments().iter().map(|code| called(names, code)).collect(),
            facts: register::facts(impasse),
            process: register::process(record, &|code| called(names, code)),
            result: register::result(impasse),
            impasse: impasse.id.to_string(),
        }
    }

    /// As a line of the export (RFC 4180), in Wenling's time.
    pub fn csv(&self) -> String {
        let time = self.time.local().format("%Y-%m-%d %H:%M").to_string();
        let departments = self.departments.join("、");
        csv_line(
            [&self.sequence.to_string(), &time, &departments, &*self.facts, &self.process, &self.result].into_iter(),
        )
    }
}

/// 表头 of the export, after the mark by which spreadsheets know UTF-8.
pub fn csv_header() -> String {
    format!("\u{feff}{}", csv_line(register::HEADER.into_iter()))
}

/// 交办单 (附件2): the annex's fields under their own names, each with its label, for whoever prints it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderSheet {
    #[schema(schema_with = schema::id)]
    pub impasse: String,
    /// 序号 among the orders of the impasse.
    pub sequence: u32,
    pub number: SheetText,
    pub issued_at: SheetTime,
    pub department: SheetText,
    pub limit: SheetDay,
    pub responsible: SheetText,
    pub matter: SheetText,
    pub leader_signature: SheetSignature,
    pub completion: SheetText,
    pub responsible_signature: SheetSignature,
    pub applicant_feedback: SheetFeedback,
    pub applicant_signature: SheetWord,
}

/// 文字栏; null while there is nothing in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetText {
    #[schema(value_type = String)]
    pub label: &'static str,
    pub value: Option<String>,
}

/// 时间栏
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetTime {
    #[schema(value_type = String)]
    pub label: &'static str,
    #[schema(schema_with = schema::instant)]
    pub value: Instant,
}

/// 日期栏
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetDay {
    #[schema(value_type = String)]
    pub label: &'static str,
    #[schema(schema_with = schema::day)]
    pub value: NaiveDate,
}

/// 签字栏; null while it is not signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetSignature {
    #[schema(value_type = String)]
    pub label: &'static str,
    pub value: Option<SignatureView>,
}

/// 意见栏; null while the applicant has not spoken.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetFeedback {
    #[schema(value_type = String)]
    pub label: &'static str,
    pub value: Option<FeedbackView>,
}

/// 申请人签字栏; null while the applicant has not spoken.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetWord {
    #[schema(value_type = String)]
    pub label: &'static str,
    pub value: Option<WordView>,
}

/// The applicant's word in place of a signature: whose it is, how that is known, and who put it on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordView {
    #[schema(schema_with = schema::id)]
    pub applicant: String,
    /// `applicant`, `at_the_window`, `platform` or `hotline_call`.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// 代表企业表态的人及其身份，已脱敏；本人表态的没有
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<SpeakerView>,
    pub recorded_by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl OrderSheet {
    /// `speaker` is who spoke for an enterprise in the order's round.
    pub fn of(
        order: &Order,
        impasse: &Impasse,
        speaker: Option<SpeakerView>,
        names: &Names,
        ctx: &Context<'_>,
    ) -> Self {
        let text = |label, value| SheetText { label, value };
        let word = impasse.word_on(order).map(|said| WordView {
            applicant: impasse.applicant.to_string(),
            source: said.source.name(),
            speaker,
            recorded_by: said.by.code.clone(),
            at: said.at,
        });
        let shown = OrderView::of(order, impasse, ctx);
        Self {
            impasse: impasse.id.to_string(),
            sequence: order.sequence,
            number: text("编号", Some(shown.number)),
            issued_at: SheetTime { label: "交办时间", value: order.issued_at },
            department: text("承办部门", Some(called(names, &order.department))),
            limit: SheetDay { label: "完成时限", value: order.limit.due(ctx.calendar, ctx.today()).date },
            responsible: text("责任人", shown.responsible),
            matter: text("交办事项", Some(shown.matter)),
            leader_signature: SheetSignature { label: "主管领导(签字)", value: shown.leader_signature },
            completion: text("完成情况", shown.completion),
            responsible_signature: SheetSignature { label: "责任人(签字)", value: shown.responsible_signature },
            applicant_feedback: SheetFeedback { label: "申请人意见反馈", value: shown.applicant_feedback },
            applicant_signature: SheetWord { label: "申请人(签字)", value: word },
        }
    }
}

/// 办不成事统计
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresView {
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    #[schema(schema_with = schema::day)]
    pub to: NaiveDate,
    /// As of when: the end of the period, or now.
    #[schema(schema_with = schema::instant)]
    pub as_of: Instant,
    /// Each figure has a list behind it: `/v1/impasse-figures/{figure}`.
    pub total: FigureRow,
    /// By the level at the end; `ungraded` before there is one.
    pub by_level: Vec<FigureRow>,
    pub by_category: Vec<FigureRow>,
    pub by_channel: Vec<FigureRow>,
    /// 解释挂账 by ground.
    pub carried_by_ground: Vec<GroundFigure>,
}

/// 一行统计. `carried_over + received + reopened = closed_out + carried + open_at_end` in every one.
#[derive(Debug, Serialize, ToSchema)]
pub struct FigureRow {
    /// Of what; `all` of everything.
    pub key: String,
    #[schema(value_type = String)]
    pub label: &'static str,
    /// 上期结转
    pub carried_over: usize,
    /// 本期登记
    pub received: usize,
    /// 回访恢复办理
    pub reopened: usize,
    /// 本期销号
    pub closed_out: usize,
    /// 解释挂账, at the end; not closed out.
    pub carried: usize,
    /// 期末在办
    pub open_at_end: usize,
    /// 本期备案
    pub filed: usize,
    /// 期末逾期
    pub overdue: usize,
    /// 办理轮次
    pub rounds: usize,
    /// 不满意轮次
    pub dissatisfied_rounds: usize,
    /// 交办单
    pub orders_issued: usize,
    /// 退回的交办单
    pub orders_returned: usize,
    /// 交办单延期
    pub orders_extended: usize,
    /// 逾期交办单
    pub orders_overdue: usize,
    /// 书面批评, taken in the period.
    pub criticisms: usize,
    /// 挂牌警示
    pub listings: usize,
    /// 点名通报
    pub namings: usize,
    /// 问责
    pub accountabilities: usize,
    /// 待裁定督办, at the end.
    pub supervision_pending: usize,
}

/// 挂账原因的件数
#[derive(Debug, Serialize, ToSchema)]
pub struct GroundFigure {
    #[schema(schema_with = schema::variants::<CarryingGround>)]
    pub ground: CarryingGround,
    #[schema(value_type = String)]
    pub label: &'static str,
    pub count: usize,
}

impl FigureRow {
    fn new(key: impl ToString, label: &'static str, sums: &Sums) -> Self {
        let sum = |figure| sums.0.get(&figure).copied().unwrap_or(0);
        Self {
            key: key.to_string(),
            label,
            carried_over: sum(Figure::CarriedOver),
            received: sum(Figure::Received),
            reopened: sum(Figure::Reopened),
            closed_out: sum(Figure::ClosedOut),
            carried: sum(Figure::Carried),
            open_at_end: sum(Figure::OpenAtEnd),
            filed: sum(Figure::Filed),
            overdue: sum(Figure::Overdue),
            rounds: sum(Figure::Rounds),
            dissatisfied_rounds: sum(Figure::DissatisfiedRounds),
            orders_issued: sum(Figure::OrdersIssued),
            orders_returned: sum(Figure::OrdersReturned),
            orders_extended: sum(Figure::OrdersExtended),
            orders_overdue: sum(Figure::OrdersOverdue),
            criticisms: sum(Figure::Criticisms),
            listings: sum(Figure::Listings),
            namings: sum(Figure::Namings),
            accountabilities: sum(Figure::Accountabilities),
            supervision_pending: sum(Figure::SupervisionPending),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Sums(BTreeMap<Figure, usize>);

impl Sums {
    fn add(&mut self, counted: &[(Figure, usize)]) {
        for (figure, count) in counted {
            *self.0.entry(*figure).or_default() += count;
        }
    }
}

/// 累计: impasses go in one after the other, the figures come out.
#[derive(Clone, Debug)]
pub struct Tally {
    period: Period,
    total: Sums,
    levels: BTreeMap<Option<Level>, Sums>,
    categories: BTreeMap<CategoryKind, Sums>,
    channels: Vec<(Channel, Sums)>,
    grounds: BTreeMap<CarryingGround, usize>,
}

impl Tally {
    pub fn new(period: Period) -> Self {
        let levels = std::iter::once(None).chain(Level::VARIANTS.iter().copied().map(Some));
        Self {
            period,
            total: Sums::default(),
            levels: levels.map(|level| (level, Sums::default())).collect(),
            categories: CategoryKind::VARIANTS.iter().map(|kind| (*kind, Sums::default())).collect(),
            channels: Channel::VARIANTS.iter().map(|channel| (*channel, Sums::default())).collect(),
            grounds: CarryingGround::VARIANTS.iter().map(|ground| (*ground, 0)).collect(),
        }
    }

    /// `last` is the period's last day, or today.
    pub fn add(&mut self, then: &Impasse, calendar: &Calendar, last: NaiveDate) {
        let count = |figure: &Figure| (*figure, figure.of(then, self.period, calendar, last));
        let counted: Vec<_> = Figure::VARIANTS.iter().map(count).collect();
        self.total.add(&counted);
        self.levels.entry(then.level).or_default().add(&counted);
        self.categories.entry(then.category.kind()).or_default().add(&counted);
        if let Some((_, sums)) = self.channels.iter_mut().find(|(channel, _)| *channel == then.channel) {
            sums.add(&counted);
        }
        if let Some(carrying) = &then.carrying {
            *self.grounds.entry(carrying.ground).or_default() += 1;
        }
    }

    pub fn view(&self, as_of: Instant) -> FiguresView {
        let of_level = |(level, sums): (&Option<Level>, &Sums)| match level {
            Some(level) => FigureRow::new(level, level.label(), sums),
            None => FigureRow::new("ungraded", "尚未定级", sums),
        };
        let of_category = |(kind, sums): (&CategoryKind, &Sums)| FigureRow::new(kind, kind.label(), sums);
        FiguresView {
            from: self.period.from,
            to: self.period.to,
            as_of,
            total: FigureRow::new("all", "合计", &self.total),
            by_level: self.levels.iter().map(of_level).collect(),
            by_category: self.categories.iter().map(of_category).collect(),
            by_channel: self.channels.iter().map(|(it, sums)| FigureRow::new(it, it.label(), sums)).collect(),
            carried_by_ground: self
                .grounds
                .iter()
                .map(|(ground, count)| GroundFigure { ground: *ground, label: ground.label(), count: *count })
                .collect(),
        }
    }
}

/// 指标所含事项的一行: what it adds to the figure, and the impasse as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct FigureLine {
    /// How much it adds to the figure.
    pub count: usize,
    pub impasse: super::impasse::ImpasseLine,
}
