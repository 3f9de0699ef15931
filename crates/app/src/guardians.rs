//! Letters to guardians: what a parent is told of a child, where the institution wants that.

use crate::settings::Settings;
use crate::{Ctx, Result, mail};
use muster_domain::guardians::GuardianLetters;
use muster_domain::ids::PersonId;
use muster_domain::notices::NoticeKind;
use muster_domain::people::Email;
use muster_journal::Change;
use muster_storage::{ReadTx, WriteTx, people, students};
use serde_json::json;
use std::collections::HashMap;

/// The guardians of some students, and what they are told.
pub(crate) struct Guardians {
    wanted: GuardianLetters,
    institution: String,
    addresses: HashMap<PersonId, Email>,
}

/// What a guardian is told of a student.
pub(crate) struct News {
    /// The sort of notice that the student got.
    pub kind: NoticeKind,
    /// In a few words, after the student's name.
    pub title: String,
    /// The sentences that the student's name begins.
    pub words: String,
}

impl Guardians {
    /// Those of some students. Nobody's, where guardians are told nothing or no letters are sent:
    /// none must wait until somebody names a mail server.
    pub fn of(
        tx: &mut ReadTx<'_>,
        ctx: &Ctx,
        settings: &Settings,
        people: &[PersonId],
    ) -> Result<Self> {
        let (wanted, institution) = (settings.guardian_letters, settings.institution.clone());
        let mut addresses = HashMap::new();
        if ctx.mails && wanted != GuardianLetters::Nothing {
            let known = students::get_many(tx, people)?.into_iter();
            addresses = known
                .filter_map(|row| Some((row.person, Email::try_from(row.guardian_email?).ok()?)))
                .collect();
        }
        Ok(Self { wanted, institution, addresses })
    }

    /// Queues a letter to the guardian of an active student, if they are told such news.
    pub fn tell(
        &self,
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        student: PersonId,
        news: &News,
    ) -> Result<()> {
        let address = self.addresses.get(&student).filter(|_| self.wanted.include(news.kind));
        let Some(address) = address else { return Ok(()) };
        let Some(person) = people::get(tx, student)?.filter(|row| row.active) else {
            return Ok(());
        };
        let (name, institution) = (&person.name, &self.institution);
        let subject = format!("{name}: {}", news.title);
        let text = format!(
            "Dear parent or guardian,\n\n{name} {}\n\n{name} was told the same. If it is wrong, \
             or you know of a reason, {name} can say so in Muster, or you tell the office.\n\n\
             {institution}\n\n-- \nYou get such letters because your address stands in the record \
             of {name}. If it should not, tell the office.\n",
            news.words
        );
        let letter = mail::queue(tx, ctx, address, &subject, &text)?;
        let after = json!({"person": student, "kind": news.kind.key()});
        let change = Change::new("letter.to_guardian", "letter", letter).on(student);
        Ok(tx.journal(change.created(&after))?)
    }
}
