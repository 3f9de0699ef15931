//! Faculties, programmes, terms, courses, classes, enrolment and timetable.

mod classes;
mod cohorts;
mod copies;
mod courses;
mod curriculum;
mod enrolment;
mod faculties;
mod following;
mod holidays;
mod locations;
mod locks;
mod meetings;
mod patterns;
mod places;
mod programmes;
mod rosters;
mod terms;

use crate::Error;
use muster_domain::auth::Target;

pub(crate) use classes::{class_fields, class_in_use};
pub(crate) use courses::course_fields;
pub(crate) use meetings::meeting_fields;
pub(crate) use patterns::{outlook, put as put_pattern, regenerate, take_back, wanted};
pub(crate) use terms::term_fields;

pub use classes::{ClassInput, change_class, class, classes, create_class};
pub use cohorts::{Cohort, CohortClass, CohortPlan, enrol_cohort, plan_cohort};
pub use copies::{
    COPIED_AT_ONCE, ClassCopy, Copied, Copying, Obstacle, chosen_copies, copy_some, plan_copies,
};
pub use courses::{CourseInput, change_course, course, courses, create_course};
pub use curriculum::{Requirement, add_requirement, curriculum, remove_requirement};
pub use enrolment::{
    change_roll_number, enrol, enrol_numbers, name_staff, name_staff_by_number, set_enrolment,
};
pub use faculties::{change_faculty, create_faculty, faculties, faculty};
pub(crate) use following::{follow, follow_everywhere};
pub use following::{follow_some, following};
pub use holidays::{HolidayInput, change_holiday, create_holiday, end_holiday, holiday, holidays};
pub(crate) use locations::put_location;
pub use locations::{class_location, locate_class, read_location};
pub(crate) use locks::need_unlocked;
pub use locks::{lock_of_class, lock_term, locked_terms, unlock_term};
pub use meetings::{cancel_meeting, change_meeting, create_meeting, meeting};
pub use patterns::{
    PatternInput, change_pattern, clashes, create_pattern, end_pattern, pattern, patterns,
};
pub use places::{
    Numbered, candidates, enrol_people, number_in_order, numbering, other_sections, set_enrolments,
    transfer,
};
pub use programmes::{ProgrammeInput, change_programme, create_programme, programme, programmes};
pub use rosters::{export_roster, roster};
pub use terms::{TermInput, change_term, create_term, term, terms};

const EVERYTHING: Target = Target::Institution;

fn taken(field: &'static str) -> impl Fn(muster_storage::Error) -> Error {
    move |error| match error {
        muster_storage::Error::Conflict(_) => {
            Error::field(field, "There is one like this already.")
        }
        error => error.into(),
    }
}
