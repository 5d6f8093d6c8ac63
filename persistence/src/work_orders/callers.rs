//! 来电人: the people behind work orders, by the dispatch that named them.

use diesel::prelude::*;
use escalation::hotline::ExternalNo;
use kernel::{Centre, Personal, StaffCode};

use crate::{connection::Connection, decode::unsigned, personal::PersonalText, schema::work_order_callers};

/// Who called, as far as the hotline says.
#[derive(Clone, Debug, Default)]
pub struct WorkOrderCaller {
    /// A document kind of `kernel::identity`, by its stable name.
    pub document_kind: Option<String>,
    pub name: Option<Personal<String>>,
    pub document_number: Option<Personal<String>>,
    pub phone: Option<Personal<String>>,
    pub address: Option<Personal<String>>,
}

pub fn put(
    connection: &mut Connection,
    centre: Centre,
    (hotline, external_no, sequence): (&StaffCode, &ExternalNo, u64),
    caller: &WorkOrderCaller,
) -> QueryResult<()> {
    let seal = |value: &Option<Personal<String>>| value.as_ref().map(PersonalText::seal);
    diesel::insert_into(work_order_callers::table)
        .values((
            work_order_callers::centre.eq(centre.as_str()),
            work_order_callers::hotline.eq(hotline.as_str()),
            work_order_callers::external_no.eq(external_no.as_str()),
            work_order_callers::sequence.eq(unsigned::<_, i64>("sequence", sequence)?),
            work_order_callers::document_kind.eq(caller.document_kind.as_deref()),
            work_order_callers::name.eq(seal(&caller.name)),
            work_order_callers::document_number.eq(seal(&caller.document_number)),
            work_order_callers::phone.eq(seal(&caller.phone)),
            work_order_callers::address.eq(seal(&caller.address)),
        ))
        .execute(connection)
        .map(drop)
}

type Row = (Option<String>, Option<PersonalText>, Option<PersonalText>, Option<PersonalText>, Option<PersonalText>);

/// As the newest dispatch that has been dealt with says.
pub fn newest(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    external_no: &ExternalNo,
    done: u64,
) -> QueryResult<Option<WorkOrderCaller>> {
    let rows = work_order_callers::table
        .filter(work_order_callers::centre.eq(centre.as_str()))
        .filter(work_order_callers::hotline.eq(hotline.as_str()))
        .filter(work_order_callers::external_no.eq(external_no.as_str()))
        .filter(work_order_callers::sequence.le(unsigned::<_, i64>("sequence", done)?))
        .order(work_order_callers::sequence.desc())
        .limit(1)
        .select((
            work_order_callers::document_kind,
            work_order_callers::name,
            work_order_callers::document_number,
            work_order_callers::phone,
            work_order_callers::address,
        ))
        .load::<Row>(connection)?;
    let open = |value: Option<PersonalText>| value.map(PersonalText::open);
    let caller = |(document_kind, name, document_number, phone, address): Row| WorkOrderCaller {
        document_kind,
        name: open(name),
        document_number: open(document_number),
        phone: open(phone),
        address: open(address),
    };
    Ok(rows.into_iter().next().map(caller))
}
