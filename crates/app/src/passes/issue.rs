//! Issuing a pass: room and quota are taken with it, so that the last one is sold once.

use super::KIND;
use crate::events::issues_here;
use crate::{Ctx, Error, Form, Result, credentials, mail, settings};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{EventId, PassId, PassTypeId};
use muster_domain::passes::{Country, LONGEST_NAME, LONGEST_REFERENCE, PassState, Payment, Phone};
use muster_domain::people::Email;
use muster_domain::text::{self, fold};
use muster_journal::Change;
use muster_storage::WriteTx;
use muster_storage::events::{self, EventRow, PassTypeRow};
use muster_storage::passes::{self, HolderRow, PassRow};
use serde_json::{Value, json};

/// Somebody to be on a pass, as typed.
#[derive(Clone, Debug, Default)]
pub struct HolderInput {
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: String,
}

/// A pass to be issued, as typed.
#[derive(Clone, Debug)]
pub struct IssueInput {
    /// Of which type.
    pub pass_type: PassTypeId,
    /// As many people as it admits.
    pub holders: Vec<HolderInput>,
    /// How it is paid for.
    pub payment: Payment,
    /// The payment's reference.
    pub reference: String,
    /// Where a letter with it goes.
    pub email: String,
}

/// Names of the fields of holders.
const FIELDS: [(&str, &str); 20] = [
    ("name_1", "phone_1"),
    ("name_2", "phone_2"),
    ("name_3", "phone_3"),
    ("name_4", "phone_4"),
    ("name_5", "phone_5"),
    ("name_6", "phone_6"),
    ("name_7", "phone_7"),
    ("name_8", "phone_8"),
    ("name_9", "phone_9"),
    ("name_10", "phone_10"),
    ("name_11", "phone_11"),
    ("name_12", "phone_12"),
    ("name_13", "phone_13"),
    ("name_14", "phone_14"),
    ("name_15", "phone_15"),
    ("name_16", "phone_16"),
    ("name_17", "phone_17"),
    ("name_18", "phone_18"),
    ("name_19", "phone_19"),
    ("name_20", "phone_20"),
];

/// Reads holders as typed: as many as a pass admits, nobody twice.
pub(super) fn read_holders(
    form: &mut Form,
    typed: &[HolderInput],
    (pass, admits): (PassId, i64),
    country: Country,
) -> Vec<HolderRow> {
    let mut holders: Vec<HolderRow> = Vec::new();
    for (place, (name_field, phone_field)) in (0..admits).zip(FIELDS) {
        let at = usize::try_from(place).unwrap_or_default();
        let HolderInput { name, phone } = typed.get(at).cloned().unwrap_or_default();
        let name = form.take(name_field, text::clean(&name, LONGEST_NAME));
        let phone = form.take(phone_field, Phone::parse(&phone, country));
        let (Some(name), Some(phone)) = (name, phone) else { continue };
        let phone = phone.as_str().to_owned();
        if holders.iter().any(|one| one.phone == phone && fold(&one.name) == fold(&name)) {
            form.wrong(name_field, "This holder stands on the pass already.");
        }
        holders.push(HolderRow { pass, place, name, phone });
    }
    if typed.len() > usize::try_from(admits).unwrap_or_default() {
        let detail = format!("This pass admits {admits}: name no more holders.");
        form.wrong("name_1", detail);
    }
    holders
}

/// Reads the address of letters, if one was typed.
pub(super) fn read_email(form: &mut Form, typed: &str) -> Option<String> {
    form.optional::<Email>("email", typed).map(|email| email.as_str().to_owned())
}

/// Issues a pass. With an e-mail address, and where letters are sent, a letter takes it there.
pub fn issue(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    event: EventId,
    input: &IssueInput,
) -> Result<PassId> {
    ctx.need(Permission::IssuePasses, Target::Event(event))?;
    let event = events::get(tx, event)?.ok_or(Error::NotFound)?;
    if event.archived_at.is_some() {
        return Err(Error::EventArchived);
    }
    let kind = events::pass_type(tx, input.pass_type)?.filter(|kind| kind.event == event.id);
    let kind = kind.ok_or_else(|| Error::field("pass_type", "Choose a pass type."))?;
    if event.ends_at <= ctx.now() {
        return Err(Error::field("pass_type", "This event is over: no more passes are issued."));
    }
    issues_here(tx, &event)?;
    let country = settings::load(tx)?.phone_country;
    let ready = prepare(ctx, &kind, country, input)?;
    Ok(put(tx, ctx, (&event, &kind), &ready)?.id)
}

/// Takes the place of a pass that was checked, and issues it.
pub(crate) fn put(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (event, kind): (&EventRow, &PassTypeRow),
    Ready { row, holders }: &Ready,
) -> Result<PassRow> {
    let row = PassRow { version: tx.version(), ..row.clone() };
    take(tx, kind)?;
    passes::insert(tx, &row)?;
    put_holders(tx, event.id, holders)?;
    passes::put_words(tx, &row, holders)?;
    credentials::issue(tx, ctx, KIND, &[(row.id.0, row.issue)])?;
    let change = Change::new("pass.issue", "pass", row.id).on(event.id);
    tx.journal(change.created(&fields(&row, holders)))?;
    if let Some(email) = row.email.as_ref().filter(|_| ctx.mails) {
        mail::insert(tx, ctx, mail::PASS, email, (&event.name, &row.id.to_string()))?;
    }
    Ok(row)
}

/// A pass that was checked and has no place yet.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    row: PassRow,
    holders: Vec<HolderRow>,
}

impl Ready {
    /// Who is on it.
    pub fn holders(&self) -> &[HolderRow] {
        &self.holders
    }

    /// How it is paid for.
    pub fn payment(&self) -> Payment {
        self.row.payment
    }
}

/// Checks what was typed for a pass.
pub(crate) fn prepare(
    ctx: &Ctx,
    kind: &PassTypeRow,
    country: Country,
    input: &IssueInput,
) -> Result<Ready> {
    let id: PassId = ctx.fresh();
    let mut form = Form::default();
    let holders = read_holders(&mut form, &input.holders, (id, kind.admits), country);
    let email = read_email(&mut form, &input.email);
    let reference = text::clean_optional(&input.reference, LONGEST_REFERENCE);
    let reference = form.take("reference", reference).flatten();
    let payment = if kind.price == 0 { Payment::Free } else { input.payment };
    if payment == Payment::Online && reference.is_none() {
        form.wrong("reference", "Enter the reference of the online payment.");
    }
    form.check()?;
    let row = PassRow {
        id,
        event: kind.event,
        pass_type: kind.id,
        type_name: kind.name.clone(),
        state: PassState::Valid,
        issue: 1,
        admits: kind.admits,
        paid: if payment == Payment::Free { 0 } else { kind.price },
        payment,
        reference,
        email,
        holder: holders.first().map(|holder| holder.name.clone()).unwrap_or_default(),
        issued_by: ctx.person()?,
        issued_by_name: String::new(),
        issued_at: ctx.now(),
        ended_at: None,
        reason: None,
        admitted: 0,
        version: 0,
    };
    Ok(Ready { row, holders })
}

/// Takes the place of a pass, or says what there is none of.
fn take(tx: &mut WriteTx<'_>, kind: &PassTypeRow) -> Result<()> {
    if !kind.on_sale {
        let detail = format!("{} is not issued now: choose another type.", kind.name);
        return Err(Error::field("pass_type", detail));
    }
    if !events::sell(tx, kind.id)? {
        return Err(Error::SoldOut(format!("No pass of type {} is left.", kind.name)));
    }
    if !events::take(tx, kind.event, kind.admits)? {
        let event = events::get(tx, kind.event)?.ok_or(Error::NotFound)?;
        let room = event.capacity.map_or(0, |room| (room - event.taken).max(0));
        let detail = match room {
            0 => "The event is full.".to_owned(),
            1 => {
                format!("There is room for one more person, and this pass admits {}.", kind.admits)
            }
            room => {
                format!("There is room for {room} people, and this pass admits {}.", kind.admits)
            }
        };
        return Err(Error::SoldOut(detail));
    }
    Ok(())
}

/// Puts holders on their pass, unless somebody holds another one of the event.
pub(super) fn put_holders(
    tx: &mut WriteTx<'_>,
    event: EventId,
    holders: &[HolderRow],
) -> Result<()> {
    for holder in holders {
        let folded = fold(&holder.name);
        if passes::insert_holder(tx, event, holder, &folded)? {
            continue;
        }
        let pass = passes::holding(tx, event, &folded, &holder.phone)?.ok_or(Error::Stale)?;
        return Err(Error::DuplicateHolder { pass });
    }
    Ok(())
}

/// What the journal says of a pass.
pub(super) fn fields(row: &PassRow, holders: &[HolderRow]) -> Value {
    let people: Vec<Value> =
        holders.iter().map(|one| json!({"name": one.name, "phone": one.phone})).collect();
    json!({
        "event": row.event, "pass_type": row.pass_type, "state": row.state.key(),
        "issue": row.issue, "paid": row.paid, "payment": row.payment.key(),
        "reference": row.reference, "email": row.email, "holders": people,
    })
}
