//! Of which notices people want a letter, and who is told what because of their office.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::PersonId;
use muster_domain::notices::NoticeKind;

record! {
    struct KindRow {
        kind: NoticeKind,
    }
}

record! {
    struct HolderRow {
        person: PersonId,
    }
}

statements! {
    OF_PERSON = "select kind from notice_channels where person = ?1 order by kind";
    WISHED = "select count(*) from notice_channels where person = ?1 and kind = ?2";
    PUT = "insert into notice_channels (person, kind) values (?1, ?2) on conflict do nothing";
    DROP = "delete from notice_channels where person = ?1";
    OFFICE = "select distinct person from role_grants
        where role in ('registrar', 'super_administrator') and role <> 'student'
        and class is null and ended_at is null order by person";
}

/// Of which notices a person wants a letter.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<NoticeKind>> {
    let rows: Vec<KindRow> = tx.all(&OF_PERSON, args![person])?;
    Ok(rows.into_iter().map(|row| row.kind).collect())
}

/// Whether a person wants a letter of such notices.
pub fn wished(tx: &mut ReadTx<'_>, person: PersonId, kind: NoticeKind) -> Result<bool> {
    Ok(tx.number(&WISHED, args![person, kind])? > 0)
}

/// Stores of which notices a person wants a letter, in place of what they wanted before.
pub fn put(tx: &mut WriteTx<'_>, person: PersonId, kinds: &[NoticeKind]) -> Result<()> {
    tx.execute(&DROP, args![person])?;
    for kind in kinds {
        tx.execute(&PUT, args![person, *kind])?;
    }
    Ok(())
}

/// Registrars and super administrators.
pub fn office(tx: &mut ReadTx<'_>) -> Result<Vec<PersonId>> {
    let rows: Vec<HolderRow> = tx.all(&OFFICE, args![])?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}
