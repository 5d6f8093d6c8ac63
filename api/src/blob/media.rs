use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// 文件类型: what a material may be handed in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaType {
    #[serde(rename = "application/pdf")]
    Pdf,
    #[serde(rename = "image/jpeg")]
    Jpeg,
    #[serde(rename = "image/png")]
    Png,
    #[serde(rename = "application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    Docx,
    #[serde(rename = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    Xlsx,
    /// 版式文档, GB/T 33190.
    #[serde(rename = "application/ofd")]
    Ofd,
}

/// A media type that no material may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", MediaType::ALLOWED)]
pub struct NotAllowed;

impl MediaType {
    pub const ALLOWED: &str = "只接受 PDF、OFD、JPEG、PNG、DOCX、XLSX 文件。";

    const ALL: [Self; 6] = [Self::Pdf, Self::Jpeg, Self::Png, Self::Docx, Self::Xlsx, Self::Ofd];

    /// As in `Content-Type`.
    pub fn essence(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ofd => "application/ofd",
        }
    }

    /// The type that the first bytes of a file give away.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        let found = infer::get(head)?.mime_type();
        if found == "application/zip" {
            // An OFD package lists its root document among its first entries.
            return head.windows(7).any(|name| name == b"OFD.xml").then_some(Self::Ofd);
        }
        Self::ALL.into_iter().find(|media| media.essence() == found)
    }
}

impl FromStr for MediaType {
    type Err = NotAllowed;

    /// Reads a `Content-Type`; parameters do not matter.
    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|media| media.essence().eq_ignore_ascii_case(essence)).ok_or(NotAllowed)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.essence())
    }
}
