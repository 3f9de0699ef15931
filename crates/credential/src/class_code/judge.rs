//! Judging a class code against its session's key and the running step.

use super::{ClassCode, ShortSessionId, TypedCode, tag};
use crate::Verdict;
use crate::keys::SessionKey;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// A typed code carries no step; one that stood this many steps ago is still told from a wrong one.
const TYPED_PAST: u64 = 30;
/// The same for codes that a projector already holds but does not show yet.
const TYPED_AHEAD: u64 = 12;

/// Judges a scanned code while `current_step` runs.
pub fn judge(key: &SessionKey, session: Uuid, code: &ClassCode, current_step: u64) -> Verdict {
    if code.session != ShortSessionId::of(session) {
        return Verdict::Foreign;
    }
    authenticate(key, session, code, current_step)
        .map_or(Verdict::Invalid, |step| Verdict::on_step(step, current_step))
}

/// The step of a genuine code of this session, whenever it stood; `None` for any other. The code
/// carries 16 bits of the step: the step nearest to `near` with these bits is meant.
pub fn authenticate(key: &SessionKey, session: Uuid, code: &ClassCode, near: u64) -> Option<u64> {
    let step = nearest(code.step, near);
    let genuine = tag(key, session, step).ct_eq(&code.tag);
    (code.session == ShortSessionId::of(session) && genuine.into()).then_some(step)
}

/// Judges a typed code while `current_step` runs.
pub fn judge_typed(
    key: &SessionKey,
    session: Uuid,
    code: &TypedCode,
    current_step: u64,
) -> Verdict {
    let past = current_step.saturating_sub(TYPED_PAST)..=current_step;
    let ahead = current_step.saturating_add(1)..=current_step.saturating_add(TYPED_AHEAD);
    past.rev()
        .chain(ahead)
        .find(|step| TypedCode::of(&tag(key, session, *step)) == *code)
        .map_or(Verdict::Invalid, |step| Verdict::on_step(step, current_step))
}

/// The step nearest to `near` whose low 16 bits are `low`; the earlier of two equally near.
fn nearest(low: u16, near: u64) -> u64 {
    const ROUND: u64 = 1 << 16;
    let base = near & !(ROUND - 1) | u64::from(low);
    let below = base.checked_sub(ROUND);
    let above = base.checked_add(ROUND);
    [below, Some(base), above]
        .into_iter()
        .flatten()
        .min_by_key(|step| step.abs_diff(near))
        .unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    fn lesson() -> (SessionKey, Uuid) {
        let session = Uuid::from_bytes(*b"a session's id..");
        (MasterKey::from_bytes([7; 32]).session_key(session), session)
    }

    #[test]
    fn the_current_and_the_previous_step_count() {
        let (key, session) = lesson();
        let code = ClassCode::new(&key, session, 40);
        let typed = code.typed_code();
        for (current, verdict) in [
            (0, Verdict::Future),
            (39, Verdict::Future),
            (40, Verdict::Valid { step: 40 }),
            (41, Verdict::Valid { step: 40 }),
            (42, Verdict::Expired),
            (32_000, Verdict::Expired),
        ] {
            assert_eq!(judge(&key, session, &code, current), verdict, "step {current}");
            if current.abs_diff(40) < TYPED_AHEAD {
                assert_eq!(judge_typed(&key, session, &typed, current), verdict, "step {current}");
            }
        }
        assert_eq!(judge_typed(&key, session, &typed, 32_000), Verdict::Invalid);
    }

    #[test]
    fn a_session_may_outlast_the_sixteen_bits_of_the_step() {
        let (key, session) = lesson();
        for step in [65_535, 65_536, 65_537, 1 << 40] {
            let code = ClassCode::new(&key, session, step);
            assert_eq!(judge(&key, session, &code, step), Verdict::Valid { step });
            assert_eq!(judge(&key, session, &code, step + 1), Verdict::Valid { step });
            assert_eq!(judge(&key, session, &code, step + 2), Verdict::Expired);
            assert_eq!(judge(&key, session, &code, step - 1), Verdict::Future);
        }
        let old = ClassCode::new(&key, session, 5);
        assert_eq!(judge(&key, session, &old, 65_541), Verdict::Invalid);
    }

    #[test]
    fn a_code_of_another_session_is_foreign() {
        let (key, session) = lesson();
        let other = Uuid::from_bytes([9; 16]);
        let code = ClassCode::new(&key, other, 40);
        assert_eq!(judge(&key, session, &code, 40), Verdict::Foreign);
        assert_eq!(authenticate(&key, session, &code, 40), None);
        let disguised = ClassCode { session: ShortSessionId::of(session), ..code };
        assert_eq!(judge(&key, session, &disguised, 40), Verdict::Invalid);
    }

    #[test]
    fn the_nearest_step_is_meant() {
        assert_eq!(nearest(0, 0), 0);
        assert_eq!(nearest(65_535, 0), 65_535);
        assert_eq!(nearest(65_535, 65_536), 65_535);
        assert_eq!(nearest(1, 65_535), 65_537);
        assert_eq!(nearest(3, u64::MAX), u64::MAX - 65_532);
    }
}
