//! Verifiers' phones, their codes, what they decided, and incidents: kept and found on both databases.

use super::on_both;
use super::redemptions::{GATE, PLACE, WHO, row, with_gate, written};
use muster_domain::ids::{IncidentId, RedemptionId, VerifierDeviceId};
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{IncidentKind, VerdictKind};
use muster_storage::incidents::{self, NewIncident, OfflineScanRow, Wanted};
use muster_storage::verifiers::{self, CodeRow, DeviceRow};
use muster_storage::{WriteTx, packs, redemptions};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

const PHONE: VerifierDeviceId = VerifierDeviceId(Uuid::from_u128(70));

fn phone() -> DeviceRow {
    DeviceRow {
        id: PHONE,
        name: "North 1".to_owned(),
        person: WHO,
        person_name: "Person 7".to_owned(),
        public_key: vec![1; 33],
        enrolled_at: NOON,
        enrolled_by: WHO,
        seen_at: NOON,
        pack_point: None,
        pack_name: None,
        pack_at: None,
        queued: 0,
        revoked_at: None,
        revoked_by: None,
        version: 1,
    }
}

fn a_phone_is_kept_heard_of_and_withdrawn_once(database: &Database) {
    let store = with_gate(database);
    written(&store, 2, |tx| verifiers::insert(tx, &phone()));
    let end = (Timestamp(i64::MAX), VerifierDeviceId(Uuid::max()));
    assert_eq!(written(&store, 3, move |tx| verifiers::list(tx, end, 10)), [phone()]);
    let heard = NOON + Span::minutes(1);
    let after = written(&store, 4, move |tx| {
        verifiers::seen(tx, PHONE, heard, Some(3))?;
        verifiers::fetched(tx, PHONE, heard, GATE)?;
        verifiers::seen(tx, PHONE, heard, None)?;
        let once = verifiers::revoke(tx, PHONE, (heard, WHO, 2))?;
        let twice = verifiers::revoke(tx, PHONE, (NOON, WHO, 3))?;
        assert_eq!((once, twice), (true, false));
        verifiers::get(tx, PHONE)
    });
    let expected = DeviceRow {
        seen_at: heard,
        pack_point: Some(GATE),
        pack_name: Some("North".to_owned()),
        pack_at: Some(heard),
        queued: 3,
        revoked_at: Some(heard),
        revoked_by: Some(WHO),
        version: 2,
        ..phone()
    };
    assert_eq!(after, Some(expected));
}

fn a_code_is_used_once_and_forgotten_after_its_time(database: &Database) {
    let store = with_gate(database);
    let code = |digest: u8| CodeRow {
        digest: vec![digest; 32],
        name: "North 1".to_owned(),
        person: WHO,
        made_by: WHO,
        expires_at: NOON + Span::minutes(i64::from(digest)),
    };
    written(&store, 2, move |tx| {
        verifiers::insert_code(tx, &code(1), NOON)?;
        verifiers::insert_code(tx, &code(9), NOON)?;
        assert_eq!(verifiers::code(tx, &[1; 32], NOON)?, Some(code(1)));
        let over = NOON + Span::minutes(1);
        assert_eq!(verifiers::code(tx, &[1; 32], over)?, None);
        verifiers::insert_code(tx, &code(5), over)?;
        assert_eq!(verifiers::code(tx, &[1; 32], NOON)?, None, "forgotten");
        let twice = (verifiers::use_code(tx, &[9; 32])?, verifiers::use_code(tx, &[9; 32])?);
        assert_eq!(twice, (true, false));
        Ok(())
    });
}

fn noted(tx: &mut WriteTx<'_>, n: u128, kind: IncidentKind) -> muster_storage::Result<bool> {
    let new = NewIncident {
        id: IncidentId(Uuid::from_u128(80 + n)),
        kind,
        redemption: row(n, VerdictKind::Admit).id,
        other: (kind == IncidentKind::DoubleUse).then(|| row(1, VerdictKind::Admit).id),
        scope: PLACE,
        device: kind.is_of_device().then_some(PHONE),
        made_at: NOON + Span::minutes(i64::try_from(n).unwrap()),
        version: 1,
    };
    incidents::insert(tx, &new)
}

fn incidents_are_noted_once_listed_with_both_scans_and_settled_once(database: &Database) {
    let store = with_gate(database);
    written(&store, 2, |tx| {
        verifiers::insert(tx, &phone())?;
        for n in 1..=3 {
            redemptions::insert_many(tx, &[&row(n, VerdictKind::Admit)])?;
        }
        let scan = OfflineScanRow {
            redemption: row(2, VerdictKind::Admit).id,
            device: PHONE,
            verdict: VerdictKind::Admit,
            judged: VerdictKind::AlreadyUsed,
            pack_issued_at: NOON,
        };
        incidents::insert_scan(tx, &scan)?;
        assert_eq!(incidents::scan(tx, scan.redemption)?, Some(scan));
        assert!(noted(tx, 2, IncidentKind::DoubleUse)?);
        assert!(!noted(tx, 2, IncidentKind::DoubleUse)?, "once");
        assert!(noted(tx, 3, IncidentKind::ClockOff)?);
        assert!(incidents::is_known(tx, PHONE, IncidentKind::ClockOff)?);
        assert!(!incidents::is_known(tx, PHONE, IncidentKind::ExpiredPack)?);
        Ok(())
    });
    let list = |wanted: Wanted| {
        let end = (Timestamp(i64::MAX), IncidentId(Uuid::max()));
        written(&store, 3, move |tx| incidents::list(tx, wanted, (end, 10)))
    };
    let all = list(Wanted::default());
    assert_eq!(
        all.iter().map(|one| one.kind.key()).collect::<Vec<_>>(),
        ["clock_off", "double_use"]
    );
    let double = all.last().unwrap();
    assert_eq!(double.judged, Some(VerdictKind::AlreadyUsed));
    assert_eq!(double.other_scanned_at, Some(row(1, VerdictKind::Admit).scanned_at));
    assert_eq!(double.other_point.as_deref(), Some("North"));
    let id = double.id;
    let twice = written(&store, 4, move |tx| {
        let once = incidents::settle(tx, id, (NOON, WHO, "Twins"), 2)?;
        Ok((once, incidents::settle(tx, id, (NOON, WHO, "Again"), 3)?, incidents::open(tx)?))
    });
    assert_eq!(twice, (true, false, 1));
    assert_eq!(list(Wanted { open: true, ..Wanted::default() }).len(), 1);
    let settled = Wanted { kind: Some(IncidentKind::DoubleUse), ..Wanted::default() };
    assert_eq!(list(settled).first().unwrap().comment.as_deref(), Some("Twins"));
    assert_eq!(list(Wanted { scope: Some(Uuid::nil()), ..Wanted::default() }), []);
}

fn what_counts_at_a_place_is_found_for_a_pack(database: &Database) {
    let store = with_gate(database);
    let record = Uuid::from_u128(60);
    let counted = written(&store, 2, move |tx| {
        let of =
            |n, verdict| redemptions::RedemptionRow { record: Some(record), ..row(n, verdict) };
        redemptions::insert_many(tx, &[&of(1, VerdictKind::Admit)])?;
        redemptions::insert_many(tx, &[&of(2, VerdictKind::AlreadyUsed)])?;
        redemptions::insert_many(tx, &[&of(3, VerdictKind::Admit)])?;
        redemptions::insert_many(tx, &[&row(4, VerdictKind::Admit)])?;
        redemptions::undo(tx, row(3, VerdictKind::Admit).id, (NOON, WHO, "wrong"))?;
        assert_eq!(packs::past_of(tx, PLACE, &[record])?, packs::past(tx, PLACE)?);
        assert_eq!(packs::past_of(tx, PLACE, &[Uuid::nil()])?, []);
        packs::past(tx, PLACE)
    });
    let ids: Vec<RedemptionId> = counted.iter().map(|one| one.id).collect();
    assert_eq!(ids, [row(1, VerdictKind::Admit).id], "admitted, somebody's, not taken back");
    assert!(counted.iter().all(|one| one.point == "North"));
}

on_both!(
    a_phone_is_kept_heard_of_and_withdrawn_once,
    a_code_is_used_once_and_forgotten_after_its_time,
    incidents_are_noted_once_listed_with_both_scans_and_settled_once,
    what_counts_at_a_place_is_found_for_a_pack,
);
