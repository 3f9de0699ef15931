//! The offline pack of an exam room, of an assessment with 10,000 dockets: how long it takes and how large
//! it is, with the photos of those who sit in the room and without any, and what changed after some scans.

use crate::packs::{Place, measured, phone, scan};
use anyhow::{Context, Result};
use muster_app::academics::{self, ClassInput, CourseInput, TermInput};
use muster_app::packs::Asked;
use muster_app::redemptions::{self, Offered};
use muster_app::sittings::{self, SittingInput};
use muster_app::{Ctx, dockets, finance, points};
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{AssessmentId, ClassId, DocketId, PersonId, PointId};
use muster_domain::time::{Date, Span};
use muster_storage::WriteTx;
use muster_storage::people::{self, GrantRow, PersonRow};
use muster_storage::photos::{self, PhotoRow, SmallRow};
use uuid::Uuid;

const STUDENTS: usize = 10_000;
/// Students who are written, or get their dockets, in one transaction.
const AT_ONCE: usize = 500;
/// The rooms of their exam.
const ROOMS: usize = 40;
/// Bytes of a photo: as many as one may have.
const PHOTO: usize = 3 << 10;
/// Scans between a pack and what changed since.
const SCANS: usize = 50;

/// Measures and prints.
pub fn run(place: &Place) -> Result<()> {
    let (class, assessment) = exam(place)?;
    let students = students(place, class)?;
    for some in students.chunks(AT_ONCE) {
        let some = some.to_vec();
        let issue = move |tx: &mut WriteTx<'_>, ctx: &Ctx| {
            some.iter().try_for_each(|id| dockets::issue(tx, ctx, *id, assessment).map(drop))
        };
        place.act(issue).context("dockets were not issued")?;
    }
    let room = room(place, class, assessment)?;
    let phone = phone(place)?;
    let asked = |since: Option<String>, without_photos| Asked { since, without_photos };
    println!("a room of an exam with {ROOMS} of them, photos of {PHOTO} bytes:");
    measured(place, (phone, room), &asked(None, false))?;
    println!("the same without photos:");
    let cursor = measured(place, (phone, room), &asked(None, true))?;
    for (at, student) in students.into_iter().take(SCANS).enumerate() {
        let docket = Offered::Docket(DocketId::of(student, assessment));
        let input = scan(room, docket, at);
        place.act(move |tx, ctx| redemptions::redeem(tx, ctx, &input).map(drop))?;
    }
    println!("what changed:");
    measured(place, (phone, room), &asked(Some(cursor), true)).map(drop)
}

fn exam(place: &Place) -> Result<(ClassId, AssessmentId)> {
    place.act(|tx, ctx| {
        let today = ctx.now().0.div_euclid(Span::days(1).0);
        let (starts_on, ends_on) = (Date(today - 30), Date(today + 90));
        let term = TermInput { name: "Spring".to_owned(), starts_on, ends_on };
        let term = academics::create_term(tx, ctx, &term)?;
        let (code, name) = ("MA201".to_owned(), "Linear Algebra".to_owned());
        let course = academics::create_course(tx, ctx, &CourseInput { code, name, credits: None })?;
        let class = ClassInput {
            course,
            term,
            section: "A".to_owned(),
            room: String::new(),
            duration_minutes: None,
            late_after_minutes: None,
            weights: None,
        };
        let class = academics::create_class(tx, ctx, &class)?;
        let first = finance::assessments(tx, ctx, term)?.into_iter().next();
        let assessment = first.ok_or(muster_app::Error::NotFound)?.id;
        finance::activate_assessment(tx, ctx, assessment, true)?;
        Ok((class, assessment))
    })
}

/// Students of the class, each with a photo.
fn students(place: &Place, class: ClassId) -> Result<Vec<PersonId>> {
    let mut all = Vec::with_capacity(STUDENTS);
    for from in (0..STUDENTS).step_by(AT_ONCE) {
        let made = place.act(move |tx, ctx| {
            let rows: Vec<_> = (from..from + AT_ONCE).map(|at| student(ctx, at)).collect();
            people::insert_many(tx, &rows.iter().collect::<Vec<_>>(), ctx.now())?;
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            for person in ids.iter().copied() {
                let grant = Grant { role: Role::Student, scope: Scope::Institution };
                let grant = GrantRow::new(ctx.fresh(), person, grant);
                people::insert_grant(tx, &grant, None, ctx.now())?;
                photograph(tx, person)?;
            }
            academics::enrol(tx, ctx, class, &ids)?;
            Ok(ids)
        });
        all.extend(made.context("students were not written")?);
    }
    Ok(all)
}

fn student(ctx: &Ctx, at: usize) -> PersonRow {
    PersonRow {
        id: ctx.fresh(),
        number: format!("S{at:06}"),
        name: format!("Student Number {at}"),
        username: None,
        email: None,
        title: None,
        phone: None,
        programme: None,
        active: true,
        version: 1,
    }
}

/// A photo of bytes that no compression makes smaller.
fn photograph(tx: &mut WriteTx<'_>, person: PersonId) -> muster_app::Result<()> {
    let noise = (0_u128..).flat_map(|at| Uuid::new_v5(&person.0, &at.to_be_bytes()).into_bytes());
    let (media_type, content) = ("image/jpeg".to_owned(), noise.take(PHOTO).collect::<Vec<u8>>());
    let digest = person.0.as_bytes().to_vec();
    let photo = PhotoRow { media_type: media_type.clone(), digest: digest.clone(), content };
    photos::put_photo(tx, person, &photo, 0)?;
    let small = SmallRow { person, media_type, content: photo.content };
    Ok(photos::shrink(tx, &digest, &small)?)
}

/// One of the rooms, among which the students are shared out.
fn room(place: &Place, class: ClassId, assessment: AssessmentId) -> Result<PointId> {
    place.act(move |tx, ctx| {
        let rooms: Vec<_> = (1..=ROOMS).map(|at| format!("Hall {at}")).collect();
        let input = SittingInput {
            starts_at: ctx.now() + Span::minutes(30),
            ends_at: ctx.now() + Span::hours(3),
            rooms: rooms.join("; "),
        };
        let sitting = sittings::create(tx, ctx, (assessment, class), &input)?;
        sittings::share_out(tx, ctx, sitting)?;
        let points = points::of_place(tx, ctx, sitting.0)?;
        let first = points.into_iter().find(|point| point.name == "Hall 1");
        Ok(first.ok_or(muster_app::Error::NotFound)?.id)
    })
}
