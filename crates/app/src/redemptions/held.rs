//! The record of what was shown, held until the decision about it is written: a pass or a docket,
//! each with what the rule has to know of it.

use super::found::Found;
use super::review::Reviewed;
use super::shown::Shown;
use crate::dockets::{self, NOT_CLEARED, Presentable};
use crate::{Ctx, Result, events::rule};
use muster_domain::dockets::Entrance;
use muster_domain::ids::EventId;
use muster_domain::passes::PassState;
use muster_domain::time::Timestamp;
use muster_domain::verification::{PointKind, Record, Rule, Standing, Window, standing_at};
use muster_storage::ReadTx;
use muster_storage::passes::PassRow;
use muster_storage::points::{self, PointRow};
use std::num::NonZeroU32;
use uuid::Uuid;

/// Somebody with a pass of another event hears that first, whatever its hours are.
const ALWAYS: Window = Window { from: Timestamp(i64::MIN), until: Timestamp(i64::MAX) };

/// The record of what was shown.
pub(super) enum Held {
    /// There is none.
    Nobody,
    /// A pass, and since when another issue of it counts.
    Pass(Box<PassRow>, Option<Timestamp>),
    /// A docket.
    Docket(Box<Presentable>),
    /// A badge, of which nothing has to be held.
    Badge,
}

/// What the decision has to know.
pub(super) struct Known {
    pub record: Record,
    pub rule: Rule,
    /// Whether it was withdrawn, replaced or held between scan and record.
    pub ended_since: bool,
    /// Why it stopped, where the verdict alone does not say.
    pub why: Option<&'static str>,
}

impl Held {
    /// The record of what was shown, which is held: until this transaction ends nobody else decides
    /// about it.
    pub fn of(
        tx: &mut ReadTx<'_>,
        ctx: &Ctx,
        (found, shown): (&Found, &Shown),
        at: Timestamp,
    ) -> Result<Self> {
        match shown {
            Shown::Pass(id, superseded) => Ok(match found.pass(*id) {
                Some(pass) => Self::Pass(Box::new(pass.clone()), *superseded),
                None => Self::Nobody,
            }),
            Shown::Docket(id, issue) => {
                if found.docket(*id).is_none() {
                    return Ok(Self::Nobody);
                }
                let docket = dockets::presentable(tx, ctx, (*id, *issue), at)?;
                Ok(Self::Docket(Box::new(docket)))
            }
            Shown::Badge => Ok(Self::Badge),
            Shown::Forged(_) | Shown::Unknown(_) => Ok(Self::Nobody),
        }
    }

    /// The pass, where it is one.
    pub fn pass(&self) -> Option<&PassRow> {
        match self {
            Self::Pass(pass, _) => Some(pass),
            Self::Docket(_) | Self::Badge | Self::Nobody => None,
        }
    }

    /// How it counts for what happened with it at this place; a docket counts for nothing at a gate.
    pub fn reviewed(
        &self,
        tx: &mut ReadTx<'_>,
        found: &mut Found,
        point: &PointRow,
    ) -> Result<Option<Reviewed>> {
        match self {
            Self::Pass(pass, _) => {
                let event = found.event(tx, pass.event)?;
                Ok(event.map(|event| Reviewed::pass_at(pass, &event)))
            }
            Self::Docket(own) if point.kind != PointKind::Gate => {
                Ok(Some(Reviewed::docket(own.docket.id, point.scope)))
            }
            Self::Docket(_) | Self::Badge | Self::Nobody => Ok(None),
        }
    }

    /// The kind and the id of the record.
    pub fn record(&self) -> Option<(&'static str, Uuid)> {
        match self {
            Self::Badge | Self::Nobody => None,
            Self::Pass(pass, _) => Some((crate::passes::KIND, pass.id.0)),
            Self::Docket(docket) => Some((dockets::KIND, docket.docket.id.0)),
        }
    }

    /// What the decision about a scan at that point and moment has to know; nothing of nobody's.
    pub fn known(
        &self,
        tx: &mut ReadTx<'_>,
        found: &mut Found,
        point: &PointRow,
        at: Timestamp,
    ) -> Result<Option<Known>> {
        match self {
            Self::Nobody => Ok(None),
            Self::Pass(pass, superseded) => {
                pass_at(tx, found, (pass, *superseded), point, at).map(Some)
            }
            Self::Docket(docket) => docket_at(tx, docket, point).map(Some),
            Self::Badge => Ok(Some(elsewhere())),
        }
    }
}

/// What is genuine and admits nowhere: nobody enters with it, and nobody is inside by it.
fn elsewhere() -> Known {
    let record = Record {
        standing: Standing::Current,
        validity: ALWAYS,
        admits: NonZeroU32::MIN,
        points: Some(Vec::new()),
    };
    Known { record, rule: Rule::default(), ended_since: false, why: None }
}

fn docket_at(tx: &mut ReadTx<'_>, docket: &Presentable, point: &PointRow) -> Result<Known> {
    let rooms = match point.kind {
        PointKind::Room => points::of_scope(tx, point.scope)?,
        PointKind::Gate | PointKind::Hall => Vec::new(),
    };
    let rooms: Vec<_> = rooms.into_iter().map(|room| (room.name, room.id)).collect();
    let entrance = match point.kind {
        PointKind::Room => Entrance::Sitting(point.scope.into(), &rooms),
        PointKind::Hall => Entrance::Assessment(point.scope.into()),
        PointKind::Gate => Entrance::Elsewhere,
    };
    let (record, rule) = docket.entitlement.at(entrance);
    let why = docket.not_cleared.then_some(NOT_CLEARED);
    Ok(Known { record, rule, ended_since: docket.ended_since, why })
}

fn pass_at(
    tx: &mut ReadTx<'_>,
    found: &mut Found,
    (pass, superseded): (&PassRow, Option<Timestamp>),
    point: &PointRow,
    at: Timestamp,
) -> Result<Known> {
    let event = found.event(tx, EventId(point.scope))?;
    let ended = (pass.state != PassState::Valid).then(|| pass.ended_at.unwrap_or(at));
    let (standing, ended_since) = standing_at((ended, superseded), at);
    let admits = u32::try_from(pass.admits).ok().and_then(NonZeroU32::new);
    let own = event.as_ref().filter(|event| event.id == pass.event);
    let named = if own.is_some() { found.admitting(tx, pass.pass_type)? } else { Vec::new() };
    let everywhere = named.is_empty() || named.contains(&point.id);
    let record = Record {
        standing,
        validity: own.map_or(ALWAYS, crate::passes::validity),
        admits: admits.unwrap_or(NonZeroU32::MIN),
        points: if own.is_some() && everywhere { None } else { Some(named) },
    };
    let rule = event.as_ref().map(rule).unwrap_or_default();
    Ok(Known { record, rule, ended_since, why: None })
}
