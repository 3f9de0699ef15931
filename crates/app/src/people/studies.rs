//! What is known of students besides what is known of everybody.

use super::PersonInput;
use crate::{Form, Result};
use muster_domain::ids::PersonId;
use muster_domain::people::Email;
use muster_domain::programmes::Length;
use muster_domain::text::clean_optional;
use muster_storage::programmes::ProgrammeRow;
use muster_storage::students::StudentRow;
use muster_storage::{ReadTx, programmes, students};

/// Studies, checked as far as that goes without the list of programmes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Studies {
    programme: Option<String>,
    year: Option<i64>,
    semester: Option<i64>,
    enrolment_number: Option<String>,
    second_email: Option<Email>,
    guardian_email: Option<Email>,
}

impl Studies {
    /// Checks every field.
    pub fn check(input: &PersonInput, form: &mut Form) -> Self {
        let any = Length::LONGEST;
        let number = |form: &mut Form, field, text: &str| match text.trim() {
            "" => None,
            text => Some(form.take(field, text.parse::<i64>().map_err(|_| "Enter a number."))?),
        };
        let year = number(form, "year", &input.year);
        let semester = number(form, "semester", &input.semester);
        form.take("year", year.map_or(Ok(()), |year| any.check_year(year)));
        form.take("semester", semester.map_or(Ok(()), |semester| any.check_semester(semester)));
        let text = |form: &mut Form, field, text: &str, limit| {
            form.take(field, clean_optional(text, limit)).flatten()
        };
        Self {
            programme: text(form, "programme", &input.programme, 200),
            year,
            semester,
            enrolment_number: text(form, "enrolment_number", &input.enrolment_number, 64),
            second_email: form.optional("second_email", &input.second_email),
            guardian_email: form.optional("guardian_email", &input.guardian_email),
        }
    }

    /// The person's studies: the programme is found by code or name, and a year and semester must
    /// lie within it.
    pub fn row(&self, tx: &mut ReadTx<'_>, person: PersonId) -> Result<StudentRow> {
        let found = match &self.programme {
            Some(text) => programmes::programme_named(tx, text)?,
            None => None,
        };
        self.within(found.as_ref(), person)
    }

    /// The programme as typed.
    pub fn programme(&self) -> Option<&str> {
        self.programme.as_deref()
    }

    /// As [`row`](Self::row), with the programme found already.
    pub fn within(&self, found: Option<&ProgrammeRow>, person: PersonId) -> Result<StudentRow> {
        let length = found.map_or(Length::LONGEST, ProgrammeRow::length);
        let mut form = Form::default();
        form.take("year", self.year.map_or(Ok(()), |year| length.check_year(year)));
        let within = |semester| length.check_semester(semester);
        form.take("semester", self.semester.map_or(Ok(()), within));
        form.check()?;
        let address = |email: &Option<Email>| email.as_ref().map(|email| email.as_str().to_owned());
        Ok(StudentRow {
            person,
            programme: found.map(|programme| programme.id),
            programme_code: found.map(|programme| programme.code.clone()),
            programme_name: found.map(|programme| programme.name.clone()),
            year: self.year,
            semester: self.semester,
            enrolment_number: self.enrolment_number.clone(),
            second_email: address(&self.second_email),
            guardian_email: address(&self.guardian_email),
        })
    }

    /// What stands in the person's own record: what was typed where there is no such programme.
    pub fn programme_text(&self, row: &StudentRow) -> Option<String> {
        if row.programme.is_some() { None } else { self.programme.clone() }
    }
}

/// What is stored of a person's studies, or nothing.
pub(super) fn stored(tx: &mut ReadTx<'_>, person: PersonId) -> Result<StudentRow> {
    Ok(students::get(tx, person)?.unwrap_or_else(|| StudentRow::nothing(person)))
}
