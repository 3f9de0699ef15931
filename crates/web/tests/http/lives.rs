//! A random life of two students: classes, sessions, marks and all else that hangs on a person.

use super::merges::root;
use super::server::TestServer;
use axum::http::StatusCode;
use muster_app::notices::Notice;
use muster_app::{Ctx, Error, academics, leaves, marks, notices, people, sessions};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::{Extent, Method, Mode, Status};
use muster_domain::auth::Role;
use muster_domain::ids::{ClassId, DeviceId, NoticeId, PersonId, SessionId};
use muster_domain::notices::NoticeKind;
use muster_domain::reminders::Reason;
use muster_domain::time::{Date, Span, Timestamp};
use muster_journal::Change;
use muster_storage::devices::BindingRow;
use muster_storage::locations::DistanceRow;
use muster_storage::photos::PhotoRow;
use muster_storage::receipts::{DeviceKeyRow, ReceiptRow};
use muster_storage::reminders::ReminderRow;
use muster_storage::{
    WriteTx, channels, feeds, leaderboard, locations, photos, receipts, reminders,
};
use serde_json::json;
use uuid::Uuid;

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(pub u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn yes(&mut self) -> bool {
        self.roll(2) == 0
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[usize::try_from(self.roll(some.len() as u64)).unwrap()]
    }
}

/// Gives both students a random life: classes, sessions, marks and all that hangs on a person.
pub(super) async fn live(server: &mut TestServer, dice: &mut Dice, round: i64) {
    let both = [server.people["student"], server.people["student_2"]];
    let (root, other) = (root(server), server.other);
    for person in both {
        if dice.yes() {
            server.act(Some(root), move |tx, ctx| academics::enrol(tx, ctx, other, &[person]));
        }
    }
    for _ in 0..5 {
        let class = dice.of(&[server.class, server.other]);
        session(server, dice, class, both);
        server.turn(Span::hours(2));
    }
    for (index, person) in both.into_iter().enumerate() {
        let day = Date(20_100 + 50 * round + 10 * i64::try_from(index).unwrap());
        belongings(server, dice, person, day);
    }
    for class in [server.class, server.other] {
        let status = dice.of(&[
            EnrolmentStatus::Active,
            EnrolmentStatus::Withdrawn,
            EnrolmentStatus::Completed,
        ]);
        let person = dice.of(&both);
        server.act(Some(root), move |tx, ctx| {
            match academics::set_enrolment(tx, ctx, class, person, status) {
                Ok(()) | Err(Error::NotFound) => Ok(()),
                Err(error) => Err(error),
            }
        });
    }
    server.turn_days(1);
    for who in ["student", "student_2"] {
        let mine = server.get(who, "/api/v1/corrections?mine=true").await;
        assert_eq!(mine.status, StatusCode::OK, "{}", mine.text);
        for session in sessions_of(server) {
            let body = json!({"session": session, "wanted": "present", "reason": "I was there"});
            server.post(who, "/api/v1/corrections", body).await;
        }
    }
}

fn sessions_of(server: &TestServer) -> Vec<SessionId> {
    let (class, other) = (server.class, server.other);
    server.act(Some(root(server)), move |tx, _| {
        let mut ids = Vec::new();
        for class in [class, other] {
            let rows = muster_storage::sessions::of_class(tx, class)?;
            ids.extend(rows.into_iter().map(|row| row.id));
        }
        Ok(ids)
    })
}

fn session(server: &TestServer, dice: &mut Dice, class: ClassId, both: [PersonId; 2]) {
    let root = root(server);
    let input = sessions::OpenInput {
        class,
        meeting: None,
        duration_minutes: None,
        mode: Mode::InClass,
        methods: Some(vec![Method::Qr]),
        topic: String::new(),
    };
    let id = server.act(Some(root), move |tx, ctx| {
        if let Some(open) = muster_storage::sessions::open_of(tx, input.class)? {
            sessions::close(tx, ctx, open.id)?;
        }
        sessions::open(tx, ctx, &input)
    });
    let (person, metres) = (dice.of(&both), i64::try_from(dice.roll(900)).unwrap());
    server.act(Some(root), move |tx, _| {
        Ok(locations::put_distances(tx, &[DistanceRow { session: id, person, metres }])?)
    });
    for person in both {
        let status = dice.of(&Status::ALL);
        if dice.yes() {
            server.act(Some(root), move |tx, ctx| {
                match marks::mark_by_hand(tx, ctx, id, person, status, None) {
                    Ok(_) | Err(Error::Refused(_)) => Ok(()),
                    Err(error) => Err(error),
                }
            });
        }
    }
    if dice.yes() {
        server.act(Some(root), move |tx, ctx| {
            marks::bulk::mark_all(
                tx,
                ctx,
                id,
                Status::Late,
                Extent::Unmarked,
                "The projector failed",
            )
        });
    }
    if dice.roll(4) > 0 {
        server.act(Some(root), move |tx, ctx| sessions::close(tx, ctx, id).map(drop));
    }
}

fn belongings(server: &TestServer, dice: &mut Dice, person: PersonId, day: Date) {
    let (root, seed) = (root(server), u8::try_from(dice.roll(200)).unwrap());
    let class = server.class;
    let wishes: Vec<_> = NoticeKind::ALL.into_iter().filter(|_| dice.yes()).collect();
    let [phone, picture, feed, leave, role, named] = [(); 6].map(|()| dice.yes());
    server.act(Some(root), move |tx, ctx| {
        let notice = Notice {
            kind: NoticeKind::Reminder,
            occasion: format!("test/{}", ctx.now().0),
            title: "Come".to_owned(),
            body: String::new(),
            link: None,
        };
        notices::notify(tx, ctx, person, &notice)?;
        let start = (Timestamp(i64::MAX), NoticeId(uuid::Uuid::max()));
        let told = muster_storage::notices::of_person(tx, person, start, 1)?;
        let reminder = ReminderRow {
            id: told[0].id,
            class,
            person,
            reason: Reason::Other,
            sent_on: day,
            sent_by: root,
            sender: String::new(),
            sent_at: ctx.now(),
            text: String::new(),
        };
        reminders::insert(tx, &reminder)?;
        tell(tx, "reminder.send", reminder.id)?;
        channels::put(tx, person, &wishes)?;
        if phone && leave {
            muster_app::holds::place(tx, ctx, person, "Library books are due")?;
        }
        if named {
            leaderboard::join(tx, person, ctx.now())?;
            tell(tx, "leaderboard.choose", person)?;
        }
        if phone {
            let row = BindingRow { device: DeviceId(ctx.fresh()), person, bound_at: ctx.now() };
            muster_storage::devices::insert(tx, &[row])?;
            sign(tx, ctx, person)?;
        }
        if picture {
            let (media_type, digest) = ("image/jpeg".to_owned(), vec![seed; 32]);
            let row = PhotoRow { media_type, digest, content: vec![seed] };
            photos::put_photo(tx, person, &row, 0)?;
            tell(tx, "photo.set", person)?;
        }
        if feed {
            let row = feeds::FeedRow { person, created_at: ctx.now() };
            feeds::put(tx, &row, &ctx.random())?;
        }
        if leave {
            let asking = leaves::Asking {
                person,
                starts_on: day,
                ends_on: Date(day.0 + 3),
                reason: "Ill".to_owned(),
                attachment: None,
            };
            leaves::ask(tx, ctx, &asking)?;
        }
        let held = muster_storage::people::grants(tx, person)?;
        if role && held.iter().all(|grant| grant.role != Role::Gate) {
            people::grant(tx, ctx, person, Role::Gate, None)?;
        }
        Ok(())
    });
}

/// Tells the journal of a record that was just written, as every action does.
fn tell(tx: &mut WriteTx<'_>, action: &'static str, id: impl Into<Uuid>) -> muster_app::Result<()> {
    let entity = match action.split('.').next().unwrap() {
        "leaderboard" | "photo" => "person",
        own => own,
    };
    Ok(tx.journal(Change::new(action, entity, id).created(&json!({})))?)
}

/// A phone that signed something without a network, and one that was withdrawn.
fn sign(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> muster_app::Result<()> {
    for withdrawn in [None, Some(ctx.now())] {
        let key = DeviceKeyRow {
            id: ctx.fresh(),
            person,
            public_key: ctx.fresh::<Uuid>().as_bytes().to_vec(),
            name: "Phone".to_owned(),
            device: None,
            registered_at: ctx.now(),
            heard_at: ctx.now(),
            heard_before: None,
            sequence: 1,
            head: vec![7; 32],
            version: tx.version(),
            withdrawn_at: None,
            withdrawn_by: None,
        };
        receipts::insert_key(tx, &key)?;
        tell(tx, "device_key.register", key.id)?;
        let receipt = ReceiptRow {
            id: ctx.fresh(),
            key: key.id,
            person,
            session: None,
            sequence: 1,
            scanned_at: ctx.now(),
            ahead: None,
            received_at: ctx.now(),
            step: None,
            shown_at: None,
            two_codes: false,
            result: "refused".to_owned(),
            reason: Some("code-invalid".to_owned()),
            flags: String::new(),
            address: String::new(),
            bytes: vec![1],
        };
        receipts::insert(tx, &receipt)?;
        tell(tx, "receipt.take", receipt.id)?;
        if let Some(at) = withdrawn {
            let version = tx.version_over(key.version);
            receipts::withdraw_key(tx, key.id, (at, person), version)?;
            tell(tx, "device_key.withdraw", key.id)?;
        }
    }
    Ok(())
}
