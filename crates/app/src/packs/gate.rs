//! What a gate's pack knows: the passes of its event, and who went through at any of its gates.

use super::{Content, Group, Holder, Issue, Past, Since, first_of};
use crate::events::rule;
use crate::{Error, Result, passes};
use muster_domain::ids::{EventId, PassId};
use muster_domain::passes::PassState;
use muster_domain::time::Timestamp;
use muster_domain::verification::standing_at;
use muster_storage::packs::{self, IssueRow, PastRow};
use muster_storage::passes::HolderRow;
use muster_storage::points::PointRow;
use muster_storage::{ReadTx, events, points};
use std::collections::HashMap;
use uuid::Uuid;

pub(super) fn content(
    tx: &mut ReadTx<'_>,
    point: &PointRow,
    (since, now): (Option<Since>, Timestamp),
) -> Result<Content> {
    let since = since.map(|since| since.at);
    let event = events::get(tx, EventId(point.scope))?.ok_or(Error::NotFound)?;
    let mut groups = Vec::new();
    let mut of_type = HashMap::new();
    for kind in events::pass_types(tx, event.id)? {
        let named = points::of_type(tx, kind.id)?;
        of_type.insert(kind.id, groups.len());
        groups.push(Group {
            kind: passes::KIND,
            name: kind.name,
            validity: passes::validity(&event),
            points: (!named.is_empty()).then_some(named),
            right: None,
        });
    }
    let rows = match since {
        None => Rows::all(tx, event.id)?,
        Some(since) => Rows::changed(tx, event.id, since)?,
    };
    let issues = rows.issues.into_iter().filter_map(|row| {
        let group = *of_type.get(&row.pass_type)?;
        Some(issue(row, group, now))
    });
    Ok(Content {
        rule: rule(&event),
        credential_scope: event.id.0,
        groups,
        issues: issues.collect(),
        holders: by_pass(rows.holders),
        past: rows.past.into_iter().map(Past::from).collect(),
        whole: since.is_none(),
        without_photos: false,
        mark: String::new(),
    })
}

struct Rows {
    issues: Vec<IssueRow>,
    holders: Vec<HolderRow>,
    past: Vec<PastRow>,
}

impl Rows {
    fn all(tx: &mut ReadTx<'_>, event: EventId) -> Result<Self> {
        Ok(Self {
            issues: packs::issues(tx, event)?,
            holders: muster_storage::passes::holders_of_event(tx, event)?,
            past: packs::past(tx, event.0)?,
        })
    }

    fn changed(tx: &mut ReadTx<'_>, event: EventId, since: Timestamp) -> Result<Self> {
        let passes: Vec<PassId> = packs::changed(tx, event, since, first_of(since))?;
        let ids: Vec<Uuid> = passes.iter().map(|pass| pass.0).collect();
        Ok(Self {
            issues: packs::issues_of(tx, &passes)?,
            holders: muster_storage::passes::holders_of(tx, &passes)?,
            past: packs::past_of(tx, event.0, &ids)?,
        })
    }
}

fn issue(row: IssueRow, group: usize, now: Timestamp) -> Issue {
    let ended = (row.state != PassState::Valid).then(|| row.ended_at.unwrap_or(now));
    let (standing, _) = standing_at((ended, row.superseded_at), now);
    Issue {
        record: row.pass.0,
        number: row.issue,
        digest: row.digest,
        signing_key: row.signing_key,
        group,
        admits: row.admits,
        standing,
        why: None,
    }
}

fn by_pass(rows: Vec<HolderRow>) -> HashMap<Uuid, Holder> {
    let mut names: HashMap<Uuid, Vec<(i64, String)>> = HashMap::new();
    for HolderRow { pass, place, name, .. } in rows {
        names.entry(pass.0).or_default().push((place, name));
    }
    let in_order = |(pass, mut names): (Uuid, Vec<(i64, String)>)| {
        names.sort_unstable();
        let names = names.into_iter().map(|(_, name)| name).collect();
        (pass, Holder { names, listed: true, ..Holder::default() })
    };
    names.into_iter().map(in_order).collect()
}
