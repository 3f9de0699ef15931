//! What the pack of an exam room or a hall knows: the dockets of its assessment with what each of them
//! comes to there, and who was let in.

use super::{Content, Group, Holder, Issue, MOST_PHOTOS, Past, Right, Since, first_of};
use crate::zone::Zone;
use crate::{Ctx, Error, Result, dockets, finance, settings};
use muster_domain::dockets::{Admission, Entitlement, Entrance};
use muster_domain::ids::{DocketId, PersonId, PointId};
use muster_domain::verification::{PointKind, Rule, Standing, Window};
use muster_storage::assessments::AssessmentRow;
use muster_storage::packs;
use muster_storage::points::{self, PointRow};
use muster_storage::room_packs::{self, DocketIssueRow};
use muster_storage::sittings::{self, SitterRow, SittingRow};
use muster_storage::{ReadTx, assessments, fees, photos};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The most dockets of an assessment in the pack of a room; beyond them it knows those of its own
/// sitting alone, and others are asked of the server.
const MOST: usize = 20_000;

/// What is noted of a docket that money alone holds.
const NOT_CLEARED: &str = "not_cleared";

pub(super) fn content(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    point: &PointRow,
    (since, without_photos): (Option<Since>, bool),
) -> Result<Content> {
    let place = Place::of(tx, point)?;
    let mark = place.mark(tx, ctx)?;
    let since = since.filter(|since| since.mark == mark).map(|since| since.at);
    let (assessment, scope) = (place.assessment.id, point.scope);
    let mut dockets = match since {
        None => room_packs::dockets(tx, assessment)?,
        Some(at) => room_packs::changed(tx, (assessment, scope), (at, first_of(at)))?,
    };
    if dockets.len() > MOST {
        let own: HashSet<_> = place.own_dockets().collect();
        dockets.retain(|docket| own.is_empty() || own.contains(docket));
    }
    let past = if since.is_none() {
        packs::past(tx, scope)?
    } else {
        let records: Vec<Uuid> = dockets.iter().map(|docket| docket.0).collect();
        packs::past_of(tx, scope, &records)?
    };
    let mut known = Known::of(tx, ctx, &place, &dockets)?;
    let without_photos = without_photos || known.faces.len() > MOST_PHOTOS;
    if !without_photos {
        known.add_photos(tx)?;
    }
    Ok(Content {
        rule: place.rule(),
        credential_scope: assessment.0,
        groups: known.groups,
        issues: known.issues,
        holders: known.holders,
        past: past.into_iter().map(Past::from).collect(),
        whole: since.is_none(),
        without_photos,
        mark,
    })
}

/// The room or hall, with what is known of all who may come.
struct Place<'a> {
    point: &'a PointRow,
    assessment: AssessmentRow,
    sitting: Option<SittingRow>,
    /// The rooms of the sitting, with their points.
    rooms: Vec<(String, PointId)>,
    /// Who sits there; nobody at a hall, where all may come.
    sitters: Vec<SitterRow>,
}

impl<'a> Place<'a> {
    fn of(tx: &mut ReadTx<'_>, point: &'a PointRow) -> Result<Self> {
        if point.kind == PointKind::Hall {
            let assessment = finance::find_assessment(tx, point.scope.into())?;
            return Ok(Self { point, assessment, sitting: None, rooms: vec![], sitters: vec![] });
        }
        let sitting = sittings::get(tx, point.scope.into())?.ok_or(Error::NotFound)?;
        let rooms = points::of_scope(tx, point.scope)?.into_iter();
        Ok(Self {
            point,
            assessment: finance::find_assessment(tx, sitting.assessment)?,
            rooms: rooms.map(|room| (room.name, room.id)).collect(),
            sitters: sittings::sitters(tx, sitting.id)?,
            sitting: Some(sitting),
        })
    }

    fn entrance(&self) -> Entrance<'_> {
        match &self.sitting {
            Some(sitting) => Entrance::Sitting(sitting.id, &self.rooms),
            None => Entrance::Assessment(self.assessment.id),
        }
    }

    /// When its doors are open. What belongs elsewhere is told before any hour is.
    fn rule(&self) -> Rule {
        let doors = self.sitting.as_ref().map(|sitting| {
            let window = Window { from: sitting.starts_at, until: sitting.ends_at };
            Admission { sitting: sitting.id, window, rooms: Vec::new() }.doors()
        });
        Rule { windows: doors.into_iter().collect(), ..Rule::default() }
    }

    fn own_dockets(&self) -> impl Iterator<Item = DocketId> {
        self.sitters.iter().map(|one| DocketId::of(one.person, self.assessment.id))
    }

    /// Stands for what touches many dockets at once: the sittings, who sits where, what has to be paid
    /// for the assessment, and the day. When it changes, all of the pack is made anew.
    fn mark(&self, tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<String> {
        let today = Zone::of(&settings::load(tx)?).date(ctx.now());
        let term = self.assessment.term;
        let mut hash = Sha256::new();
        let mut versions = vec![today.0];
        versions.extend(assessments::of_term(tx, term)?.iter().map(|row| row.version));
        versions.extend(fees::of_term(tx, term)?.iter().map(|row| row.version));
        let all = sittings::of_term(tx, term)?;
        let exams = all.iter().filter(|row| row.assessment == self.assessment.id);
        versions.extend(exams.map(|row| row.version));
        for version in versions {
            hash.update(version.to_be_bytes());
        }
        for SitterRow { person, room, .. } in &self.sitters {
            hash.update(person.0);
            hash.update(room.as_deref().unwrap_or_default());
        }
        let digest = hash.finalize();
        let short = digest.first_chunk::<9>().map(|bytes| data_encoding::BASE64URL.encode(bytes));
        Ok(format!(".{}", short.unwrap_or_default()))
    }
}

/// Dockets, as they stand in a pack.
struct Known {
    groups: Vec<Group>,
    issues: Vec<Issue>,
    holders: HashMap<Uuid, Holder>,
    /// Those who come in here, whose faces are looked at: whose record.
    faces: HashMap<PersonId, Uuid>,
}

impl Known {
    fn of(tx: &mut ReadTx<'_>, ctx: &Ctx, place: &Place<'_>, ids: &[DocketId]) -> Result<Self> {
        let rows = room_packs::issues_of(tx, ids)?;
        let people: HashSet<PersonId> = rows.iter().map(|row| row.person).collect();
        let people: Vec<_> = people.into_iter().collect();
        let holders = dockets::holders(tx, ctx, &place.assessment, &people)?;
        let sitters: HashSet<PersonId> = place.sitters.iter().map(|one| one.person).collect();
        let mut known = Self {
            groups: Vec::new(),
            issues: Vec::with_capacity(rows.len()),
            holders: HashMap::new(),
            faces: HashMap::new(),
        };
        let mut places = HashMap::new();
        for row in rows {
            let Some(holder) = holders.get(&row.person) else { continue };
            let group = group(place, &row, holder, ctx);
            let comes = group.right.is_none();
            let count = known.groups.len();
            let number = *places.entry(group.clone()).or_insert(count);
            if number == count {
                known.groups.push(group);
            }
            if comes && row.superseded_at.is_none() {
                known.faces.insert(row.person, row.docket.0);
            }
            let listed = place.sitting.is_none() || sitters.contains(&row.person);
            known.holders.entry(row.docket.0).or_insert_with(|| described(holder, listed));
            known.issues.push(issue(row, number, holder));
        }
        Ok(known)
    }

    fn add_photos(&mut self, tx: &mut ReadTx<'_>) -> Result<()> {
        let people: Vec<_> = self.faces.keys().copied().collect();
        for photo in photos::small(tx, &people)? {
            let record = self.faces.get(&photo.person);
            if let Some(holder) = record.and_then(|record| self.holders.get_mut(record)) {
                holder.photo = Some((photo.media_type, photo.content));
            }
        }
        Ok(())
    }
}

fn described(holder: &dockets::Holder, listed: bool) -> Holder {
    Holder {
        names: vec![holder.person.name.clone()],
        number: Some(holder.person.number.clone()),
        programme: Some(holder.programme.clone()).filter(|name| !name.is_empty()),
        photo: None,
        listed,
    }
}

fn issue(row: DocketIssueRow, group: usize, holder: &dockets::Holder) -> Issue {
    let standing = holder.became(row.superseded_at).standing();
    let by_money = standing == Standing::OnHold && holder.is_held_by_money();
    Issue {
        record: row.docket.0,
        number: row.issue,
        digest: row.digest,
        signing_key: row.signing_key,
        group,
        admits: 1,
        standing,
        why: by_money.then_some(NOT_CLEARED),
    }
}

/// What is known of a docket at this place, and where it is right if it is wrong here.
fn group(place: &Place<'_>, row: &DocketIssueRow, holder: &dockets::Holder, ctx: &Ctx) -> Group {
    let entitlement = Entitlement {
        assessment: place.assessment.id,
        standing: Standing::Current,
        validity: Window { from: row.valid_from, until: row.valid_until },
        admissions: holder.admissions(),
    };
    let (record, _) = entitlement.at(place.entrance());
    let here = record.points.as_ref().is_none_or(|points| points.contains(&place.point.id));
    Group {
        kind: dockets::KIND,
        name: format!("{} docket", place.assessment.code),
        validity: record.validity,
        points: record.points,
        right: (!here).then(|| right(place, holder, ctx)),
    }
}

/// The right room of the same exam, or the exam that comes next.
fn right(place: &Place<'_>, holder: &dockets::Holder, ctx: &Ctx) -> Right {
    let exams = || {
        let papers = holder.papers.iter();
        papers.filter_map(|paper| paper.sitting.as_ref().map(|sitting| (paper, sitting)))
    };
    let here = place.sitting.as_ref().map(|sitting| sitting.id);
    if let Some((_, own)) = exams().find(|(_, sitting)| Some(sitting.id) == here) {
        let rooms = own.rooms.clone();
        return Right { rooms, assessment: None, course: None, starts_at: None };
    }
    let coming = exams().find(|(_, sitting)| sitting.ends_at > ctx.now());
    let next = coming.or_else(|| exams().next_back());
    Right {
        rooms: next.map(|(_, sitting)| sitting.rooms.clone()).unwrap_or_default(),
        assessment: Some(place.assessment.code.clone()),
        course: next.map(|(paper, _)| paper.code.clone()),
        starts_at: next.map(|(_, sitting)| sitting.starts_at),
    }
}
