use chrono::NaiveDate;
use kernel::Role;
use serde::de::DeserializeOwned;

use super::{
    Player,
    client::{Client, Request, Trouble},
    wire::{Item, Page, Posting},
};

/// 服务大厅 as the API shows it today: what is on offer, and who works where.
#[derive(Debug)]
pub struct Hall {
    items: Vec<Item>,
    postings: Vec<Posting>,
}

impl Hall {
    /// The catalogue as anybody may read it, the postings as the centre's manager may.
    pub async fn read(client: &Client) -> Result<Self, Trouble> {
        let manager = Player::new(Role::Manager, "manager");
        let (mut items, today) = all::<Item>(client, "/v1/items", None).await?;
        let (mut postings, _) = all::<Posting>(client, "/v1/postings", Some(&manager)).await?;
        items.retain(|item| item.valid_from.is_some_and(|from| from <= today) && reaches(item.valid_until, today));
        postings.retain(|posting| posting.from <= today && reaches(posting.until, today));
        postings.sort_by(|a, b| a.staff.cmp(&b.staff));
        Ok(Self { items, postings })
    }

    pub fn items(&self) -> &[Item] {
        &self.items
    }

    pub fn item(&self, code: &str) -> Result<&Item, Trouble> {
        let found = self.items.iter().find(|item| item.item == code);
        found.ok_or_else(|| Trouble::Amiss(format!("目录中没有事项 {code}")))
    }

    /// Everybody who may come to act.
    pub fn players(&self) -> impl Iterator<Item = Player> + '_ {
        self.postings.iter().map(Player::from)
    }

    /// 综合受理员 at a window.
    pub fn clerk_at(&self, window: &str) -> Result<Player, Trouble> {
        let found = self.postings.iter().find(|at| at.role == Role::Clerk && at.window.as_deref() == Some(window));
        found.map(Player::from).ok_or_else(|| Trouble::Amiss(format!("窗口 {window} 没有派驻综合受理员")))
    }

    /// 审批人员 of a department.
    pub fn reviewers_of(&self, department: &str) -> Result<Vec<Player>, Trouble> {
        self.posted(Role::Reviewer, department)
    }

    /// 审批负责人 of a department.
    pub fn approver_of(&self, department: &str) -> Result<Player, Trouble> {
        Ok(self.posted(Role::Approver, department)?.swap_remove(0))
    }

    /// 行政机关负责人 of a department.
    pub fn head_of(&self, department: &str) -> Result<Player, Trouble> {
        Ok(self.posted(Role::DepartmentHead, department)?.swap_remove(0))
    }

    fn posted(&self, role: Role, department: &str) -> Result<Vec<Player>, Trouble> {
        let found = self.postings.iter().filter(|at| at.role == role && at.department == department);
        let found: Vec<Player> = found.map(Player::from).collect();
        if found.is_empty() {
            return Err(Trouble::Amiss(format!("部门 {department} 没有派驻{}", role.label())));
        }
        Ok(found)
    }
}

impl From<&Posting> for Player {
    fn from(posting: &Posting) -> Self {
        Self::new(posting.role, &posting.staff)
    }
}

fn reaches(until: Option<NaiveDate>, today: NaiveDate) -> bool {
    until.is_none_or(|until| today <= until)
}

/// A whole list, page by page, and the day it was read on.
async fn all<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    player: Option<&Player>,
) -> Result<(Vec<T>, NaiveDate), Trouble> {
    let mut found = Vec::new();
    let mut address = format!("{path}?limit=200");
    loop {
        let request = Request::get(address);
        let page = client.send::<Page<T>>(player.map_or(request.clone(), |player| request.by(player))).await?;
        found.extend(page.value.data);
        match page.value.page.next_cursor {
            Some(cursor) => address = format!("{path}?limit=200&cursor={cursor}"),
            None => return Ok((found, page.at.day())),
        }
    }
}
