//! Dockets: who may have one, issuing them to one student and to many, their page, and what a
//! verifier has to know of one.

mod batches;
mod eligibility;
mod figures;
mod holders;
mod issue;
mod money;
mod sheet;
mod verification;

pub(crate) use batches::turns;
pub use batches::{Batch, batch, batches, begin_batch};
pub(crate) use eligibility::members;
pub use eligibility::{
    AssessmentEligibility, Group, GroupEligibility, PersonEligibility, StudentEligibility,
    eligibility, group_eligibility,
};
pub use figures::{DocketFigures, figures};
pub(crate) use holders::{Holder, holders};
pub use issue::{Issued, issue, renew};
pub(crate) use money::ClearedBefore;
pub use sheet::{Paper, Printed, Sheet, Sitting, batch_printed, batch_sheets, printed, sheet};
pub(crate) use verification::bearer;
pub use verification::{Bearer, NOT_CLEARED, Presentable, presentable};

use muster_domain::auth::Target;

/// The kind of a docket's credentials.
pub(crate) const KIND: &str = "docket";

const EVERYTHING: Target = Target::Institution;
