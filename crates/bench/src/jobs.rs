//! What takes a while by its nature, on a filled demo and in this process: the dockets of a year of a
//! programme in one job, and an assessment's results published in every class of a term.

use crate::outside::{now, random};
use anyhow::{Context, Result};
use muster_app::results::{self, Entered, Entry};
use muster_app::sittings::{self, Filter};
use muster_app::{Ctx, batches, dockets};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::{self, KeyRing};
use muster_credential::keys::signing::SigningKey;
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::{AssessmentId, ClassId, PersonId, TermId};
use muster_storage::{ReadTx, Store, StoreConfig, WriteTx};
use muster_storage::{academics, enrolment, people, programmes};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// The year of study whose students get dockets.
const YEAR: i64 = 1;

struct Office {
    store: Store,
    person: PersonId,
    key: Arc<MasterKey>,
    signing: Arc<KeyRing<SigningKey>>,
}

impl Office {
    fn ctx(&self) -> Result<Ctx> {
        let mut ctx = Ctx::new("bench", now(), random()?, self.key.clone());
        ctx.signing = Some(self.signing.clone());
        let grants = vec![Grant { role: Role::SuperAdministrator, scope: Scope::Institution }];
        let actor = Actor { person: self.person, login: None, grants, class: None };
        Ok(ctx.signed_in(Some(actor)))
    }

    fn act<T: Send + 'static>(
        &self,
        act: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = Arc::new(self.ctx()?);
        let own = ctx.clone();
        Ok(self.store.write(&ctx.act, move |tx| act(tx, &own)).wait()?)
    }
}

/// Measures on the demo in that folder, and prints.
pub fn run(dir: &Path, database: Option<&str>) -> Result<()> {
    let url = database
        .map_or_else(|| format!("sqlite:{}", dir.join("muster.db").display()), str::to_owned);
    let store = Store::open(&StoreConfig::new(&url, Uuid::from_u128(1), now()))?;
    let office = store.read(|tx| people::by_identifier(tx, "A0001")).wait()?;
    let ring: KeyRing<MasterKey> = file::load_or_create(&dir.join("keys"), random()?)?;
    let office = Office {
        store,
        person: office.context("this is no demo: fill one with muster demo")?.id,
        key: Arc::new(MasterKey::clone(ring.active())),
        signing: Arc::new(file::load_or_create(&dir.join("signing-keys"), random()?)?),
    };
    let (assessment, term) = office.act(active)?;
    issue(&office, assessment)?;
    publish(&office, assessment, term)
}

fn active(tx: &mut WriteTx<'_>, ctx: &Ctx) -> muster_app::Result<(AssessmentId, TermId)> {
    let filter = Filter {
        term: None,
        assessment: None,
        course: String::new(),
        from: None,
        until: None,
        after: None,
        limit: 0,
    };
    let row = sittings::schedule(tx, ctx, &filter)?.assessment.filter(|row| row.active);
    row.map(|row| (row.id, row.term)).ok_or(muster_app::Error::NotFound)
}

/// Dockets for a year of the first programme.
fn issue(office: &Office, assessment: AssessmentId) -> Result<()> {
    let begun = Instant::now();
    let batch = office.act(move |tx, ctx| {
        let programme = programmes::programmes(tx)?.into_iter().next();
        let programme = programme.ok_or(muster_app::Error::NotFound)?.id;
        let group = dockets::Group::Programme(programme, Some(YEAR));
        dockets::begin_batch(tx, ctx, assessment, group)
    })?;
    let stored = move |tx: &mut ReadTx<'_>| muster_storage::batches::get(tx, batch);
    let mut steps = 0;
    let ended = loop {
        let row = office.store.read(stored).wait()?.context("the batch is gone")?;
        if row.ended_at.is_some() {
            break row;
        }
        office.act(move |tx, ctx| batches::step(tx, ctx, &row).map(drop))?;
        steps += 1;
    };
    println!(
        "dockets: {} of {} students issued, {} refused, {} kept, in {:.1} s, {steps} steps",
        ended.issued,
        ended.total,
        ended.refused,
        ended.kept,
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// The results of everybody in every class of a term, entered, shown and told.
fn publish(office: &Office, assessment: AssessmentId, term: TermId) -> Result<()> {
    let classes = office.store.read(move |tx| {
        let mut classes = academics::classes(tx)?;
        classes.retain(|class| class.term == term && class.archived_at.is_none());
        Ok::<_, muster_storage::Error>(classes)
    });
    let begun = Instant::now();
    let mut entered = 0;
    for class in classes.wait()?.into_iter().map(|class| class.id) {
        entered += office.act(move |tx, ctx| enter(tx, ctx, (class, assessment)))?;
    }
    println!("results: {entered} entered in {:.1} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let shown = office.act(move |tx, ctx| results::publish_everywhere(tx, ctx, assessment))?;
    println!("published in {shown} classes: answered after {:.2} s", begun.elapsed().as_secs_f64());
    while office.act(results::step)? {}
    println!("every student told: after {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

fn enter(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (class, assessment): (ClassId, AssessmentId),
) -> muster_app::Result<usize> {
    let roster = enrolment::roster(tx, class)?.into_iter();
    let entries: Vec<_> = roster
        .filter(enrolment::EnrolmentRow::attends)
        .map(|place| Entry {
            assessment,
            person: place.person,
            score: "12".to_owned(),
            remark: None,
            seen: None,
        })
        .collect();
    match results::enter(tx, ctx, class, &entries, "Bench")? {
        Entered::Saved(count) => Ok(count),
        Entered::Refused(_) => Ok(0),
    }
}
