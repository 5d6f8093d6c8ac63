use chrono::NaiveDate;
use exchange::{Format, Table};
use kernel::Instant;
use persistence::exports::{Export, File, Sending};
use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};
use utoipa::ToSchema;

use crate::schema;

/// 个人信息: how it goes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Disclosed {
    /// 脱敏
    #[default]
    Masked,
    /// 完整: as the exchange demands; every case of it leaves a trace.
    Full,
}

/// 批次状态
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ExportState {
    /// 导出中
    Running,
    /// 已完成
    Finished,
}

/// 交换批次
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 批次号, as in `cd_batch`
    pub batch: String,
    /// 接收方
    pub receiver: String,
    /// 接收方的批次版本：从1起，逐批递增；同一行以版本高的为准。
    #[schema(minimum = 1)]
    pub version: u64,
    #[schema(schema_with = schema::variants::<ExportState>)]
    pub state: ExportState,
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    #[schema(schema_with = schema::day)]
    pub to: NaiveDate,
    #[schema(schema_with = schema::variants::<Format>)]
    pub format: Format,
    #[schema(schema_with = schema::variants::<Disclosed>)]
    pub personal: Disclosed,
    pub ordered_by: String,
    /// Also the `cd_time` of every row.
    #[schema(schema_with = schema::instant)]
    pub started_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub finished_at: Option<Instant>,
    /// 已检查的办件
    pub examined: u64,
    /// 期间内有变化的办件
    pub matched: u64,
    pub files: Vec<ExportFileView>,
    /// 重发
    pub sendings: Vec<SendingView>,
}

/// 批次文件
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportFileView {
    pub name: String,
    #[schema(schema_with = schema::variants::<Table>)]
    pub table: Table,
    /// 行数，不含表头
    pub rows: u64,
    /// `I`
    pub inserted: u64,
    /// `U`
    pub updated: u64,
    /// `D`
    pub deleted: u64,
    /// Once the batch is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// SHA-256, also the `ETag` of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// 重发记录: the same files, byte for byte.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingView {
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    pub by: String,
    pub reason: String,
}

impl ExportView {
    pub fn of(export: Export, sendings: Vec<Sending>) -> Self {
        let file = |file: &File| ExportFileView {
            name: export.name(file.table),
            table: file.table,
            rows: file.rows(),
            inserted: file.inserted,
            updated: file.updated,
            deleted: file.deleted,
            bytes: file.stored.as_ref().map(|stored| stored.bytes),
            sha256: file.stored.as_ref().map(|stored| stored.sha256.clone()),
        };
        let sending = |it: Sending| SendingView { at: it.at, by: it.by.code, reason: it.reason.to_string() };
        Self {
            id: export.id.to_string(),
            batch: export.batch(),
            files: export.files.iter().map(file).collect(),
            sendings: sendings.into_iter().map(sending).collect(),
            receiver: export.receiver.to_string(),
            version: export.version,
            state: if export.finished_at.is_some() { ExportState::Finished } else { ExportState::Running },
            from: export.from,
            to: export.to,
            format: export.format,
            personal: if export.unmasked { Disclosed::Full } else { Disclosed::Masked },
            ordered_by: export.ordered_by.code,
            started_at: export.started_at,
            finished_at: export.finished_at,
            examined: export.examined,
            matched: export.matched,
        }
    }
}
