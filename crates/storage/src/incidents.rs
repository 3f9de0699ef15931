//! Incidents: what was odd about scans, with the scans; and what phones decided without network.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::{IncidentId, PersonId, RedemptionId, VerifierDeviceId};
use muster_domain::time::Timestamp;
use muster_domain::verification::{IncidentKind, VerdictKind};
use uuid::Uuid;

record! {
    /// Something odd, with both scans.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IncidentRow {
        /// Id.
        pub id: IncidentId,
        /// What is odd.
        pub kind: IncidentKind,
        /// What one enters there: an event, a sitting, an assessment.
        pub scope: Uuid,
        /// Its name.
        pub scope_name: String,
        /// When it was found.
        pub made_at: Timestamp,
        /// When somebody settled it.
        pub settled_at: Option<Timestamp>,
        /// Who.
        pub settled_by: Option<PersonId>,
        /// Their name.
        pub settled_by_name: Option<String>,
        /// What they say.
        pub comment: Option<String>,
        /// Logical clock of the last change.
        pub version: i64,
        /// What was shown: `pass` or `docket`; none where it is nobody's.
        pub record_kind: Option<String>,
        /// The pass or docket.
        pub record: Option<Uuid>,
        /// Whose it is.
        pub holder: Option<String>,
        /// The scan that is odd.
        pub redemption: RedemptionId,
        /// When it was.
        pub scanned_at: Timestamp,
        /// When it was heard of.
        pub received_at: Timestamp,
        /// Where it was.
        pub point: String,
        /// Who scanned.
        pub person: String,
        /// With which phone.
        pub device: Option<String>,
        /// How many people.
        pub people: i64,
        /// How far the phone's clock was ahead, where that was corrected, in microseconds.
        pub clock_off: Option<i64>,
        /// When it was taken back.
        pub undone_at: Option<Timestamp>,
        /// What the rule said of it, where a phone had decided.
        pub judged: Option<VerdictKind>,
        /// When the phone's pack was made.
        pub pack_issued_at: Option<Timestamp>,
        /// The scan that stands against it.
        pub other: Option<RedemptionId>,
        /// When that was.
        pub other_scanned_at: Option<Timestamp>,
        /// When it was heard of.
        pub other_received_at: Option<Timestamp>,
        /// Where.
        pub other_point: Option<String>,
        /// Who scanned.
        pub other_person: Option<String>,
        /// With which phone.
        pub other_device: Option<String>,
    }
}

/// A new incident.
#[derive(Clone, Copy, Debug)]
pub struct NewIncident {
    /// Id.
    pub id: IncidentId,
    /// What is odd.
    pub kind: IncidentKind,
    /// About which scan.
    pub redemption: RedemptionId,
    /// The scan that stands against it.
    pub other: Option<RedemptionId>,
    /// What one enters there.
    pub scope: Uuid,
    /// Of which phone, where it says something of that.
    pub device: Option<VerifierDeviceId>,
    /// When it was found.
    pub made_at: Timestamp,
    /// Logical clock.
    pub version: i64,
}

record! {
    /// What a phone decided without network.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OfflineScanRow {
        /// The scan.
        pub redemption: RedemptionId,
        /// The phone.
        pub device: VerifierDeviceId,
        /// What it said.
        pub verdict: VerdictKind,
        /// What the rule said when the scan was heard of.
        pub judged: VerdictKind,
        /// When its pack was made.
        pub pack_issued_at: Timestamp,
    }
}

record! {
    /// What is odd about a scan.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OfScanRow {
        /// The incident.
        pub id: IncidentId,
        /// The scan.
        pub redemption: RedemptionId,
        /// What is odd.
        pub kind: IncidentKind,
        /// When it was settled.
        pub settled_at: Option<Timestamp>,
        /// The scan that stands against it.
        pub other: Option<RedemptionId>,
    }
}

/// Which incidents are looked for; what is empty narrows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Those that nobody settled.
    pub open: bool,
    /// Of this kind.
    pub kind: Option<IncidentKind>,
    /// At the points of this place.
    pub scope: Option<Uuid>,
    /// At the gates of events.
    pub at_events: bool,
}

macro_rules! incidents {
    ($which:literal) => {
        concat!(
            "select i.id, i.kind, i.scope, 
            coalesce(e.name, a.code || ': ' || k.code || ' ' || c.section, q.code, ''), i.made_at, i.settled_at,
            i.settled_by, s.name, i.comment, i.version, r.kind, r.record,
            coalesce(h.holder, m.name),
            r.id, r.scanned_at, r.received_at, ro.name, rw.name, rd.name, r.people, r.clock_off,
            r.undone_at, f.judged, f.pack_issued_at,
            x.id, x.scanned_at, x.received_at, xo.name, xw.name, xd.name
        from incidents i join redemptions r on r.id = i.redemption
        join points ro on ro.id = r.point join people rw on rw.id = r.person
        left join verifier_devices rd on rd.id = r.device
        left join offline_scans f on f.redemption = r.id
        left join passes h on h.id = r.record left join dockets d on d.id = r.record
        left join people m on m.id = d.person left join events e on e.id = i.scope
        left join sittings t on t.id = i.scope left join classes c on c.id = t.class
        left join courses k on k.id = c.course
        left join assessments a on a.id = t.assessment left join assessments q on q.id = i.scope
        left join people s on s.id = i.settled_by left join redemptions x on x.id = i.other
        left join points xo on xo.id = x.point left join people xw on xw.id = x.person
        left join verifier_devices xd on xd.id = x.device
        ",
            $which
        )
    };
}

statements! {
    GET = (incidents!("where i.id = ?1"));
    LIST = (incidents!("where (i.made_at, i.id) < (?1, ?2) and (i.kind = ?3 or ?3 is null)
        and (i.scope = ?4 or ?4 is null) and (cast(?6 as bigint) = 0 or e.id is not null)
        order by i.made_at desc, i.id desc limit ?5"));
    LIST_OPEN = (incidents!("where i.settled_at is null and (i.made_at, i.id) < (?1, ?2)
        and (i.kind = ?3 or ?3 is null) and (i.scope = ?4 or ?4 is null)
        and (cast(?6 as bigint) = 0 or e.id is not null)
        order by i.made_at desc, i.id desc limit ?5"));
    OPEN = "select count(*) from incidents where settled_at is null";
    OF_DEVICE = "select count(*) from incidents
        where device = ?1 and kind = ?2 and settled_at is null";
    OF_SCANS = {
        sqlite: "select id, redemption, kind, settled_at, other from incidents
        where redemption = ?1 order by id",
        postgres: "select id, redemption, kind, settled_at, other from incidents
        where redemption = any(?1::uuid[]) order by id",
    };
    PUT = "insert into incidents (id, kind, redemption, other, scope, device, made_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (redemption, kind) do nothing";
    FACE = "update incidents set other = ?2, version = ?3 where id = ?1";
    SETTLE = "update incidents set settled_at = ?2, settled_by = ?3, comment = ?4, version = ?5
        where id = ?1 and settled_at is null";
    PUT_SCAN = "insert into offline_scans (redemption, device, verdict, judged, pack_issued_at)
        values (?1, ?2, ?3, ?4, ?5)";
    SCAN = "select redemption, device, verdict, judged, pack_issued_at from offline_scans
        where redemption = ?1";
}

/// The incident of that id.
pub fn get(tx: &mut ReadTx<'_>, id: IncidentId) -> Result<Option<IncidentRow>> {
    tx.opt(&GET, args![id])
}

/// Incidents before that one, the latest first.
pub fn list(
    tx: &mut ReadTx<'_>,
    wanted: Wanted,
    ((before, id), limit): ((Timestamp, IncidentId), i64),
) -> Result<Vec<IncidentRow>> {
    let statement = if wanted.open { &LIST_OPEN } else { &LIST };
    tx.all(statement, args![before, id, wanted.kind, wanted.scope, limit, wanted.at_events])
}

/// How many nobody settled.
pub fn open(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&OPEN, args![])
}

/// Whether a phone has an incident of that kind that nobody settled.
pub fn is_known(tx: &mut ReadTx<'_>, device: VerifierDeviceId, kind: IncidentKind) -> Result<bool> {
    Ok(tx.number(&OF_DEVICE, args![device, kind])? > 0)
}

/// What is odd about these scans.
pub fn of_scans(tx: &mut ReadTx<'_>, scans: &[RedemptionId]) -> Result<Vec<OfScanRow>> {
    tx.all_many(&OF_SCANS, scans.iter().map(|scan| row![*scan]))
}

/// Adds an incident; false if the scan has one of that kind.
pub fn insert(tx: &mut WriteTx<'_>, new: &NewIncident) -> Result<bool> {
    let NewIncident { id, kind, redemption, other, scope, device, made_at, version } = *new;
    let args = args![id, kind, redemption, other, scope, device, made_at, version];
    Ok(tx.execute(&PUT, args)? == 1)
}

/// Says that another scan stands against the one that is odd.
pub fn face(
    tx: &mut WriteTx<'_>,
    id: IncidentId,
    other: Option<RedemptionId>,
    version: i64,
) -> Result<()> {
    tx.execute(&FACE, args![id, other, version])?;
    Ok(())
}

/// Settles an incident; false if somebody did before.
pub fn settle(
    tx: &mut WriteTx<'_>,
    id: IncidentId,
    (at, by, comment): (Timestamp, PersonId, &str),
    version: i64,
) -> Result<bool> {
    Ok(tx.execute(&SETTLE, args![id, at, by, comment, version])? == 1)
}

/// Keeps what a phone decided.
pub fn insert_scan(tx: &mut WriteTx<'_>, row: &OfflineScanRow) -> Result<()> {
    let OfflineScanRow { redemption, device, verdict, judged, pack_issued_at } = row;
    tx.execute(&PUT_SCAN, args![*redemption, *device, *verdict, *judged, *pack_issued_at])?;
    Ok(())
}

/// What a phone decided about a scan, if one did.
pub fn scan(tx: &mut ReadTx<'_>, redemption: RedemptionId) -> Result<Option<OfflineScanRow>> {
    tx.opt(&SCAN, args![redemption])
}
