//! Imports: a table goes in, is checked, written whole or not at all, and taken back.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::imports::State;
use muster_testkit::sqlite;
use serde_json::{Value, json};

const PEOPLE: &str = "Number,Name,E-mail\nS1,Ada Lovelace,ada@campus.example\nS2,\"Bo, Jr\",\n";

pub(super) async fn upload(server: &TestServer, who: &str, kind: &str, file: &[u8]) -> Answer {
    upload_with(server, who, kind, file, &[]).await
}

pub(super) async fn upload_with(
    server: &TestServer,
    who: &str,
    kind: &str,
    file: &[u8],
    more: &[(&str, &str)],
) -> Answer {
    let mut body = Vec::new();
    for (name, value) in [("kind", kind)].iter().chain(more) {
        let field =
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(field.into_bytes());
    }
    body.extend(
        b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n",
    );
    body.extend(file);
    body.extend(b"\r\n--X--\r\n");
    let mut request = server.request(who, Method::POST, "/api/v1/imports", Body::from(body));
    let kind = "multipart/form-data; boundary=X".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    server.send(request).await
}

/// Uploads a table that must be right, confirms it, and gives what came of it.
pub(super) async fn import(server: &TestServer, kind: &str, file: &str) -> Value {
    let previewed = upload(server, "registrar", kind, file.as_bytes()).await;
    imported(server, &previewed).await
}

/// Confirms an import that must be right, and gives what came of it.
pub(super) async fn imported(server: &TestServer, previewed: &Answer) -> Value {
    assert_eq!(previewed.status, StatusCode::CREATED, "{}", previewed.text);
    let id = previewed.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/imports/{id}/confirmation");
    let done = server.post("registrar", &path, json!({})).await;
    assert_eq!(done.status, StatusCode::OK, "{} after {}", done.text, previewed.text);
    assert_eq!(done.json()["state"], "imported", "{}", done.text);
    done.json()
}

pub(super) async fn reverse(server: &TestServer, import: &Value) -> Value {
    let path = format!("/api/v1/imports/{}/reversal", import["id"].as_str().unwrap());
    let done = server.post("registrar", &path, json!({})).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    done.json()
}

pub(super) fn counts(import: &Value) -> [i64; 5] {
    ["created", "updated", "unchanged", "skipped", "wrong"].map(|key| import[key].as_i64().unwrap())
}

pub(super) async fn found(server: &TestServer, q: &str) -> Vec<Value> {
    let people = server.get("registrar", &format!("/api/v1/people?q={q}")).await;
    people.json()["items"].as_array().unwrap().clone()
}

/// The problems of a table, as `line column: sentence`.
pub(super) async fn problems(server: &TestServer, kind: &str, file: &str) -> Vec<String> {
    let answer = upload(server, "registrar", kind, file.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let words = |error: &Value| {
        let column = error["column"].as_str().unwrap_or("-");
        format!("{} {column}: {}", error["line"], error["detail"].as_str().unwrap())
    };
    errors.iter().map(words).collect()
}

on_both!(
    students_exchange_their_roll_numbers,
    students_far_apart_in_a_file_pass_their_roll_numbers_on,
    what_nobody_confirms_is_let_go_after_a_week,
    a_teachers_imports_stay_on_their_list,
    people_are_previewed_written_changed_and_taken_back,
    programmes_that_nobody_knows_are_named_before_they_are_kept_as_text,
    a_school_moves_in_and_out_again,
    what_was_changed_since_is_kept,
    nothing_is_written_while_a_line_is_wrong,
    what_columns_mean_is_said_anew,
    a_line_that_turned_wrong_takes_everything_back,
    marks_count_like_those_taken_here,
    the_same_mark_in_other_words_is_noticed,
    lines_far_apart_that_want_the_same_are_noticed,
    exports_come_back_unchanged,
);

async fn people_are_previewed_written_changed_and_taken_back(server: TestServer) {
    let previewed = upload(&server, "registrar", "people", PEOPLE.as_bytes()).await.json();
    assert_eq!(previewed["state"], "previewed");
    assert_eq!(counts(&previewed), [2, 0, 0, 0, 0]);
    assert!(found(&server, "Lovelace").await.is_empty(), "a preview writes nothing");

    let first = import(&server, "people", PEOPLE).await;
    let ada = found(&server, "Lovelace").await[0].clone();
    assert_eq!(ada["email"], "ada@campus.example");
    let again = import(&server, "people", PEOPLE).await;
    assert_eq!(counts(&again), [0, 0, 2, 0, 0]);

    let second = "number;name;phone;year\ns1;Ada King;+44 1;2\nS2;;;\n";
    let second = import(&server, "people", second).await;
    assert_eq!(counts(&second), [0, 1, 1, 0, 0]);
    let king = found(&server, "King").await[0].clone();
    assert_eq!((&king["email"], &king["phone"]), (&ada["email"], &json!("+44 1")));

    assert_eq!(reverse(&server, &second).await["state"], "reversed");
    assert_eq!(found(&server, "Lovelace").await[0]["phone"], Value::Null);
    let gone = reverse(&server, &first).await;
    assert_eq!((&gone["state"], &gone["kept"]), (&json!("reversed"), &json!(1)));
    assert_eq!(found(&server, "Lovelace").await.len(), 1, "restored since, so kept");
    assert!(found(&server, "Bo").await.is_empty());
}

async fn programmes_that_nobody_knows_are_named_before_they_are_kept_as_text(server: TestServer) {
    let file = "number,name,programme\nS1,Ada,BSc\nS2,Bo,Magic\nS3,Cy,BSc\nS4,Di,magic\n";
    let previewed = upload(&server, "registrar", "people", file.as_bytes()).await.json();
    assert_eq!(previewed["unknown_programmes"], json!(["BSc", "Magic", "magic"]));
    let programme = json!({
        "code": "BSc", "name": "Science", "total_years": 3, "semesters_per_year": 2,
    });
    let made = server.post("registrar", "/api/v1/programmes", programme).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let again = upload(&server, "registrar", "people", file.as_bytes()).await;
    assert_eq!(again.json()["unknown_programmes"], json!(["Magic", "magic"]));
    let page = format!("/imports/{}", again.json()["id"].as_str().unwrap());
    let page = server.get("registrar", &page).await.text;
    assert!(page.contains("kept as written: Magic, magic."), "{page}");
    imported(&server, &again).await;
    assert_eq!(found(&server, "Bo").await[0]["programme"], "Magic");
}

async fn a_school_moves_in_and_out_again(server: TestServer) {
    let people = "number,name,role\nT9,Tess,teacher\nN1,Nia,student\nN2,Noor,\nN3,Nils,student\n";
    let people = import(&server, "people", people).await;
    let classes = "Course,Course name,Credits,Term,Section,Teachers\n\
        CS1,Computing,6,Spring,A,T9\nCS1,,,spring,B,T9; teacher\nMA201,,,Spring,A,T9\n";
    let classes = import(&server, "classes", classes).await;
    assert_eq!(counts(&classes), [2, 1, 0, 0, 0]);
    let enrolments = "number,course,section,term,roll\nN1,CS1,A,Spring,\nN2,cs1,a,SPRING,7\n\
        N3,CS1,B,Spring,\nN1,CS1,A,Spring,\n";
    let enrolments = import(&server, "enrolments", enrolments).await;
    assert_eq!(counts(&enrolments), [3, 0, 0, 1, 0]);
    let timetable = "course,section,term,weekday,start,end,room,first,last\n\
        CS1,A,Spring,Mon,23:00,01:00,R1,2026-03-02,2026-03-23\n";
    let timetable = import(&server, "timetable", timetable).await;
    assert_eq!(counts(&timetable), [1, 0, 0, 0, 0], "one weekly meeting, with four to come");

    let all = server.get("registrar", "/api/v1/classes").await.json();
    let of_cs = |class: &&Value| class["course_code"] == "CS1" && class["section"] == "A";
    let class = all["items"].as_array().unwrap().iter().find(of_cs).unwrap().clone();
    let roster = format!("/api/v1/classes/{}/enrolments", class["id"].as_str().unwrap());
    let roster = server.get("registrar", &roster).await.json();
    let rolls: Vec<_> = roster["items"].as_array().unwrap().iter().collect();
    assert_eq!(rolls.len(), 2, "{roster}");

    for import in [&timetable, &enrolments, &classes, &people] {
        let reversed = reverse(&server, import).await;
        assert_eq!((&reversed["state"], &reversed["kept"]), (&json!("reversed"), &json!(0)));
    }
    assert!(found(&server, "Nia").await.is_empty());
    let all = server.get("registrar", "/api/v1/classes").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2, "as it was before");
}

async fn what_was_changed_since_is_kept(server: TestServer) {
    let done = import(&server, "people", PEOPLE).await;
    let ada = found(&server, "Lovelace").await[0].clone();
    let path = format!("/api/v1/people/{}", ada["id"].as_str().unwrap());
    let changed = server.call("registrar", Method::PATCH, &path, json!({"phone": "1"})).await;
    assert_eq!(changed.status, StatusCode::OK);
    let bo = found(&server, "Bo").await[0]["id"].as_str().unwrap().parse().unwrap();
    let class = server.class;
    let root = server.people["super_administrator"];
    server.act(Some(root), move |tx, ctx| muster_app::academics::enrol(tx, ctx, class, &[bo]));
    let reversed = reverse(&server, &done).await;
    assert_eq!((&reversed["state"], &reversed["kept"]), (&json!("reversed"), &json!(2)));
    assert_eq!(found(&server, "Lovelace").await.len(), 1);
    assert_eq!(found(&server, "Bo").await.len(), 1);
}

async fn nothing_is_written_while_a_line_is_wrong(server: TestServer) {
    let file = "number,name,email\nS1,Ada,ada@campus.example\n,Nobody,\nS3,,\nS4,Eve,no address\n\
        S5,Max,ADA@campus.example\nS1,Other,\nS1,Ada,ada@campus.example\nS6,=1+1,\nS7,#REF!,\n";
    let found_problems = problems(&server, "people", file).await;
    let expected = [
        "7 number: Line 2 is about the same, and differs.",
        "3 number: This can't be empty.",
        "4 name: This can't be empty.",
        "5 email: This is not an e-mail address: it needs the form name@host.example.",
        "6 email: Somebody else has this one already.",
        "9 name: This is a formula, not a value: save the file once in your spreadsheet program, \
         so that formulas have values.",
        "10 name: This cell shows a fault of the spreadsheet: #REF!.",
    ];
    assert_eq!(found_problems, expected);
    let id = server.get("registrar", "/api/v1/imports").await.json()["items"][0]["id"].clone();
    let path = format!("/api/v1/imports/{}/confirmation", id.as_str().unwrap());
    let refused = server.post("registrar", &path, json!({})).await;
    assert_eq!((refused.status, refused.reason()), (StatusCode::CONFLICT, "import-wrong".into()));
    assert!(found(&server, "Ada").await.is_empty());
}

async fn a_line_that_turned_wrong_takes_everything_back(server: TestServer) {
    let many: Vec<_> = (0..450).map(|n| format!("S{n},Pupil {n},s{n}@campus.example")).collect();
    let file = format!("number,name,email\n{}\n", many.join("\n"));
    let previewed = upload(&server, "registrar", "people", file.as_bytes()).await.json();
    assert_eq!(counts(&previewed), [450, 0, 0, 0, 0]);
    let taken = json!({"number": "X", "name": "X", "email": "s449@campus.example"});
    assert_eq!(server.post("registrar", "/api/v1/people", taken).await.status, 201);
    let path = format!("/api/v1/imports/{}/confirmation", previewed["id"].as_str().unwrap());
    let done = server.post("registrar", &path, json!({})).await.json();
    // While it is taken back its state may still say so.
    let id = previewed["id"].as_str().unwrap();
    let mut now = done;
    while now["state"] == "reversing" {
        tokio::task::yield_now().await;
        now = server.get("registrar", &format!("/api/v1/imports/{id}")).await.json();
    }
    assert_eq!(now["state"], "failed", "{now}");
    let why = now["failure"].as_str().unwrap();
    assert_eq!(why, "Line 451: Somebody else has this one already.");
    assert!(found(&server, "Pupil").await.is_empty());
}

async fn marks_count_like_those_taken_here(server: TestServer) {
    let file = "number,course,section,term,date,start,status,reason\n\
        student,MA201,A,Spring,2025-03-03,10:00,P,\n\
        student_2,MA201,A,Spring,2025-03-03,10:00,absent,ill\n\
        student,MA201,A,Spring,2025-03-10,10:00,A,\n";
    let done = import(&server, "marks", file).await;
    assert_eq!(counts(&done), [3, 0, 0, 0, 0]);
    let own = format!("/api/v1/people/{}/attendance", server.people["student"]);
    let half = server.get("student", &own).await.json();
    assert_eq!(half["classes"][0]["attendance"]["percentage"], json!(50.0), "{half}");
    assert_eq!(counts(&import(&server, "marks", file).await), [0, 0, 3, 0, 0]);
    let corrected = "number,course,section,term,date,status\nstudent,MA201,A,Spring,2025-03-10,L\n";
    assert_eq!(counts(&import(&server, "marks", corrected).await), [0, 1, 0, 0, 0]);
    let stranger = "number,course,section,term,date,status\nstranger,MA201,A,Spring,2025-03-10,P\n";
    let wrong = problems(&server, "marks", stranger).await;
    assert_eq!(wrong, ["2 number: This student is not enrolled in the class."]);
}

async fn the_same_mark_in_other_words_is_noticed(server: TestServer) {
    let file = "number,course,section,term,date,start,status\n\
        student,MA201,A,Spring,2025-03-03,10:00,P\nSTUDENT,MA201,A,Spring,03.03.2025,10:00,present\n\
        student,ma201,A,Spring,2025-03-03,10.00,A\n";
    let previewed = upload(&server, "registrar", "marks", file.as_bytes()).await.json();
    assert_eq!(counts(&previewed), [1, 0, 0, 1, 1], "{previewed}");
    let right = file.lines().take(3).collect::<Vec<_>>().join("\n");
    assert_eq!(counts(&import(&server, "marks", &right).await), [1, 0, 0, 1, 0]);
}

async fn lines_far_apart_that_want_the_same_are_noticed(server: TestServer) {
    let line =
        |n: usize| format!("S{n},Pupil {n},s{}@campus.example", if n == 700 { 1 } else { n });
    let lines: Vec<_> = (1..=700).map(line).collect();
    let file = format!("number,name,email\n{}\n", lines.join("\n"));
    let mut previewed = upload(&server, "registrar", "people", file.as_bytes()).await.json();
    let id = previewed["id"].as_str().unwrap().to_owned();
    while previewed["state"] == "checking" {
        tokio::task::yield_now().await;
        previewed = server.get("registrar", &format!("/api/v1/imports/{id}")).await.json();
    }
    assert_eq!(counts(&previewed), [699, 0, 0, 0, 1], "{previewed}");
    assert_eq!(previewed["errors"][0]["line"], 701);
}

async fn exports_come_back_unchanged(server: TestServer) {
    import(&server, "people", PEOPLE).await;
    let enrolments = "number,course,section,term\nS1,MA201,A,Spring\nS2,MA201,B,Spring\n";
    import(&server, "enrolments", enrolments).await;
    let meetings = "course,section,term,date,weekday,start,end,room,first,last\n\
        MA201,A,Spring,2025-03-03,,10:00,11:00,R 1,,\n\
        MA201,A,Spring,,Tue,09:00,10:00,R 2,2026-03-03,2026-04-07\n\
        MA201,A,Spring,2026-03-17,,09:00,10:30,R 3,,\n";
    assert_eq!(counts(&import(&server, "timetable", meetings).await), [2, 1, 0, 0, 0]);
    move_and_cancel(&server).await;
    let roles = "number,name,role\nS3,Cy,student; organiser\n";
    import(&server, "people", roles).await;
    let details = "course,section,term,weights,latitude,longitude,minutes\n\
        MA201,A,Spring,100 50 - 0,12.971599,77.594566,50\n";
    assert_eq!(counts(&import(&server, "classes", details).await), [0, 1, 0, 0, 0]);
    let marks =
        "number,course,section,term,date,start,status\nS1,MA201,A,Spring,2025-03-03,10:00,P\n";
    import(&server, "marks", marks).await;
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let term = terms["items"][0]["id"].as_str().unwrap().to_owned();
    for (kind, query) in [
        ("terms", String::new()),
        ("people", String::new()),
        ("classes", format!("?term={term}")),
        ("enrolments", format!("?term={term}")),
        ("timetable", format!("?term={term}")),
        ("marks", format!("?class={}", server.class)),
    ] {
        let export = async |format: &str| {
            let path = format!("/api/v1/exports/{kind}.{format}{query}");
            let file = server.get("registrar", &path).await;
            assert_eq!(file.status, StatusCode::OK, "{kind} {}", file.text);
            file
        };
        let (table, workbook) = (export("csv").await, export("xlsx").await);
        let lines = i64::try_from(table.text.lines().count()).unwrap() - 1;
        assert!(lines > 0, "{kind}");
        for file in [&table.bytes, &workbook.bytes] {
            let again = upload(&server, "super_administrator", kind, file).await.json();
            assert_eq!(counts(&again), [0, 0, lines, 0, 0], "{kind}: {again}\n{}", table.text);
        }
    }
}

/// Moves the weekly meeting of 10 March, cancels that of 24 March, and keeps 31 March free.
async fn move_and_cancel(server: &TestServer) {
    let path = format!("/api/v1/classes/{}/meetings", server.class);
    let all = server.get("registrar", &path).await.json()["items"].as_array().unwrap().clone();
    let of = |day: &str| {
        let begins = |row: &&Value| row["starts_at"].as_str().unwrap().starts_with(day);
        let row = all.iter().find(begins).unwrap();
        format!("/api/v1/meetings/{}", row["id"].as_str().unwrap())
    };
    let times = json!({"starts_at": "2026-03-11T12:00:00Z", "ends_at": "2026-03-11T13:00:00Z"});
    let moved = server.call("registrar", Method::PATCH, &of("2026-03-10"), times).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    let cancellation = format!("{}/cancellation", of("2026-03-24"));
    server.post("registrar", &cancellation, json!({})).await;
    let holiday = json!({"name": "Break", "first_on": "2026-03-31", "last_on": "2026-03-31"});
    let made = server.post("registrar", "/api/v1/holidays", holiday).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
}

/// What must come of each file in `tests/files/tables`: counts, problems, or a refusal.
#[tokio::test]
async fn tables_as_people_bring_them() {
    let server = TestServer::start(sqlite());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/tables");
    let mut said = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((kind, _)) = name.split_once('-') else { continue };
        let file = std::fs::read(format!("{folder}/{name}")).unwrap();
        let answer = upload(&server, "registrar", kind, &file).await.json();
        if answer["state"].is_null() {
            said.push(format!("{name}: refused, {}", answer["errors"][0]["detail"]));
            continue;
        }
        let [created, updated, unchanged, skipped, wrong] = counts(&answer);
        said.push(format!(
            "{name}: {created} new, {updated} changed, {unchanged} unchanged, {skipped} skipped, \
             {wrong} wrong"
        ));
        for error in answer["errors"].as_array().unwrap() {
            let (line, column) = (&error["line"], error["column"].as_str().unwrap_or("-"));
            said.push(format!("{name}: line {line}, {column}: {}", error["detail"]));
        }
    }
    said.sort();
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn files_that_are_no_tables_are_refused_in_words() {
    let server = TestServer::start(sqlite());
    for (file, expected) in [
        (b"PK\x03\x04 no workbook".as_slice(), "This workbook can't be read"),
        (b"\xd0\xcf\x11\xe0 old", "This is an old Excel file (.xls)."),
    ] {
        let answer = upload(&server, "registrar", "people", file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], "/file");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.starts_with(expected), "{detail}");
    }
    assert!(server.get("registrar", "/api/v1/imports").await.json()["items"][0].is_null());
}

#[tokio::test]
async fn a_hundred_megabytes_are_refused_to_the_end_and_in_words() {
    let server = TestServer::start(sqlite());
    let answer = upload(&server, "registrar", "people", &vec![b'a'; 100 << 20]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("This file is too large: at most 50 MiB."), "{}", answer.text);
}

#[tokio::test]
async fn lines_name_classes_that_exist_and_can_be_told_apart() {
    let server = TestServer::start(sqlite());
    let file = "number,course,section,term\nstudent,XX9,A,Spring\nstudent,MA201,C,Spring\n\
        student,MA201,,Spring\nstudent,MA201,A,Autumn\nstudent,MA201,A,\nteacher,MA201,A,Spring\n\
        nobody,MA201,A,Spring\nstranger,MA201,A,Spring\n";
    let expected = [
        "2 course: There is no course “XX9”.",
        "3 section: MA201 has no section “C” in Spring.",
        "4 section: MA201 has several sections: A, B. Name one.",
        "5 term: There is no term “Autumn” that is not archived.",
        "6 term: Choose the term of this import, or name it in a column.",
        "7 number: This person is not a student: grant the role first.",
        "8 number: This is nobody's number.",
    ];
    assert_eq!(problems(&server, "enrolments", file).await, expected);
}

#[tokio::test]
async fn columns_are_chosen_where_headings_say_nothing() {
    let server = TestServer::start(sqlite());
    let file = b"A,B,C\nAda,S1,x\n";
    let guessed = upload(&server, "registrar", "people", file).await;
    assert_eq!(guessed.json()["state"], "previewed", "{}", guessed.text);
    let id = guessed.json()["id"].as_str().unwrap().to_owned();
    let refused =
        server.post("registrar", &format!("/api/v1/imports/{id}/confirmation"), json!({})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("No column is the number"), "{}", refused.text);
    let mapping = [("mapping", r#"{"A": "name", "B": "number"}"#)];
    let told = upload_with(&server, "registrar", "people", file, &mapping).await.json();
    assert_eq!(counts(&told), [1, 0, 0, 0, 0]);
}

#[tokio::test]
async fn teachers_and_assistants_import_marks_of_their_own_class_alone() {
    let server = TestServer::start(sqlite());
    let own = "number,course,section,term,date,status\nstudent,MA201,A,Spring,2025-03-03,P\n";
    for who in ["teacher", "assistant"] {
        for kind in ["people", "classes", "enrolments", "timetable"] {
            let refused = upload(&server, who, kind, PEOPLE.as_bytes()).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who} {kind}");
        }
        let both = format!("{own}student,MA201,B,Spring,2025-03-03,P\n");
        let previewed = upload(&server, who, "marks", both.as_bytes()).await.json();
        assert_eq!(previewed["wrong"], 1, "{who}: {previewed}");
        let why = &previewed["errors"][0];
        assert_eq!((&why["line"], &why["column"]), (&json!(3), &json!("course")), "{who}");
        assert_eq!(why["detail"], "You don't take attendance in this class.");
        let path = format!("/api/v1/imports/{}", previewed["id"].as_str().unwrap());
        let other = server.get("teacher_b", &path).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "somebody else's");
        let refused = server.post(who, &format!("{path}/confirmation"), json!({})).await;
        assert_eq!(refused.reason(), "import-wrong", "{who}");
    }
    let right = upload(&server, "assistant", "marks", own.as_bytes()).await.json();
    let path = format!("/api/v1/imports/{}/confirmation", right["id"].as_str().unwrap());
    let done = server.post("assistant", &path, json!({})).await.json();
    assert_eq!((&done["state"], counts(&done)), (&json!("imported"), [1, 0, 0, 0, 0]), "{done}");
    let path = format!("/api/v1/people/{}/attendance", server.people["student"]);
    let marked = server.get("student", &path).await.json();
    assert_eq!(marked["classes"][0]["sessions"][0]["status"], "present", "{marked}");
}

#[tokio::test]
async fn a_registrar_does_not_become_an_administrator_by_a_file() {
    let server = TestServer::start(sqlite());
    let file = "number,name,email,role\nsuper_administrator,Root,me@campus.example,\n\
        N1,Nia,,super administrator\n";
    let expected = [
        "2 number: This is an administrator, whom only super administrators change.",
        "3 role: Administrators are named by hand, not by a file.",
    ];
    assert_eq!(problems(&server, "people", file).await, expected);
}

#[tokio::test]
async fn an_import_goes_on_after_the_process_was_ended() {
    let server = TestServer::start(sqlite());
    let previewed = upload(&server, "registrar", "people", PEOPLE.as_bytes()).await.json();
    let id: muster_domain::ids::ImportId = previewed["id"].as_str().unwrap().parse().unwrap();
    let root = server.people["super_administrator"];
    // Confirmed, but nobody told the worker: as if the process had ended in between.
    server.act(Some(root), move |tx, ctx| muster_app::imports::confirm(tx, ctx, id));
    server.begin_another();
    let settled = loop {
        let now = server.get("registrar", &format!("/api/v1/imports/{id}")).await.json();
        if now["state"] != "importing" {
            break now;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(settled["state"], "imported");
    assert_eq!(found(&server, "Lovelace").await.len(), 1);
}

#[tokio::test]
async fn a_discarded_import_is_never_written() {
    let server = TestServer::start(sqlite());
    let id = upload(&server, "registrar", "people", PEOPLE.as_bytes()).await.json()["id"].clone();
    let path = |what: &str| format!("/api/v1/imports/{}/{what}", id.as_str().unwrap());
    let discarded = server.post("registrar", &path("discarding"), json!({})).await.json();
    assert_eq!(discarded["state"], "discarded");
    let refused = server.post("registrar", &path("confirmation"), json!({})).await;
    assert_eq!(refused.reason(), "import-state");
}

#[tokio::test]
async fn who_teaches_a_class_no_more_takes_back_no_marks_of_it() {
    let server = TestServer::start(sqlite());
    let file = "number,course,section,term,date,status\nstudent,MA201,A,Spring,2025-03-03,P\n";
    let previewed = upload(&server, "teacher", "marks", file.as_bytes()).await.json();
    let path = |what: &str| format!("/api/v1/imports/{}/{what}", previewed["id"].as_str().unwrap());
    assert_eq!(server.post("teacher", &path("confirmation"), json!({})).await.status, 200);
    let move_on = "course,section,term,former_staff,teachers\nMA201,A,Spring,teacher,\n\
        MA201,B,Spring,,teacher\n";
    import(&server, "classes", move_on).await;
    let undone = server.post("teacher", &path("reversal"), json!({})).await.json();
    assert_eq!((&undone["state"], &undone["kept"]), (&json!("reversed"), &json!(2)), "{undone}");
}

/// The states of the imports that somebody sees, the latest first.
async fn listed(server: &TestServer, who: &str, limit: usize) -> Vec<String> {
    let list = server.get(who, &format!("/api/v1/imports?limit={limit}")).await.json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["state"].as_str().unwrap().to_owned()).collect()
}

async fn what_nobody_confirms_is_let_go_after_a_week(mut server: TestServer) {
    upload(&server, "registrar", "people", PEOPLE.as_bytes()).await;
    server.turn_days(5);
    let kept = upload(&server, "registrar", "people", PEOPLE.as_bytes()).await;
    let let_go = |server: &TestServer| while server.act(None, muster_app::imports::let_go) {};
    let_go(&server);
    assert_eq!(listed(&server, "registrar", 10).await, ["previewed", "previewed"]);
    server.turn_days(3);
    let_go(&server);
    assert_eq!(listed(&server, "registrar", 10).await, ["previewed", "discarded"]);
    assert_eq!(server.database.rows(&["import_parts"])["import_parts"].len(), 1);
    imported(&server, &kept).await;
    server.turn_days(30);
    let_go(&server);
    assert_eq!(listed(&server, "registrar", 10).await, ["imported", "discarded"]);
}

async fn a_teachers_imports_stay_on_their_list(server: TestServer) {
    let table = "Number,Date,Status\nstudent,2026-03-02,present\n";
    let marks = upload(&server, "teacher", "marks", table.as_bytes()).await;
    assert_eq!(marks.status, StatusCode::CREATED, "{}", marks.text);
    server.turn(muster_domain::time::Span::hours(1));
    for _ in 0..2 {
        upload(&server, "registrar", "people", PEOPLE.as_bytes()).await;
    }
    assert_eq!(listed(&server, "teacher", 1).await.len(), 1);
    assert_eq!(listed(&server, "registrar", 10).await.len(), 3);
    assert!(listed(&server, "teacher_b", 10).await.is_empty());
}

/// The roll numbers of a class, by the students' numbers.
async fn rolls(server: &TestServer) -> Vec<(String, String)> {
    let path = format!("/api/v1/classes/{}/enrolments", server.class);
    let list = server.get("registrar", &path).await.json();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    let mut all: Vec<_> =
        items.map(|item| (text(item, "number"), text(item, "roll_number"))).collect();
    all.sort();
    all
}

async fn students_exchange_their_roll_numbers(server: TestServer) {
    let before = rolls(&server).await;
    let table = "Number,Course,Section,Term,Roll number\nstudent,MA201,A,Spring,2\nstudent_2,MA201,A,Spring,1\n";
    let done = import(&server, "enrolments", table).await;
    assert_eq!(counts(&done), [0, 2, 0, 0, 0]);
    let after = rolls(&server).await;
    let exchanged = [("student", "2"), ("student_2", "1")];
    assert_eq!(after, exchanged.map(|(who, roll)| (who.to_owned(), roll.to_owned())));
    let undone = reverse(&server, &done).await;
    assert_eq!((&undone["state"], &undone["kept"]), (&json!("reversed"), &json!(0)), "{undone}");
    assert_eq!(rolls(&server).await, before);
    let table = "Number,Course,Section,Term,Roll number\nstudent,MA201,A,Spring,2\nstudent_2,MA201,A,Spring,\n";
    let wrong = problems(&server, "enrolments", table).await;
    assert!(wrong[0].contains("Somebody else in this class"), "{wrong:?}");
}

async fn students_far_apart_in_a_file_pass_their_roll_numbers_on(server: TestServer) {
    use std::fmt::Write;
    let mut people = "Number,Name,Role\n".to_owned();
    let mut places = "Number,Course,Section,Term,Roll number\n".to_owned();
    for n in 0..700 {
        writeln!(people, "F{n},Freshman {n},student").unwrap();
        writeln!(places, "F{n},MA201,B,Spring,{}", n + 1).unwrap();
    }
    import(&server, "people", &people).await;
    import(&server, "enrolments", &places).await;
    // Everybody moves one place up, and the last one becomes the first.
    let mut moved = "Number,Course,Section,Term,Roll number\n".to_owned();
    for n in 0..700 {
        writeln!(moved, "F{n},MA201,B,Spring,{}", (n + 1) % 700 + 1).unwrap();
    }
    let done = import(&server, "enrolments", &moved).await;
    assert_eq!(counts(&done), [0, 700, 0, 0, 0]);
    let undone = reverse(&server, &done).await;
    assert_eq!((&undone["state"], &undone["kept"]), (&json!("reversed"), &json!(0)), "{undone}");
}

#[tokio::test]
async fn an_archive_that_unpacks_to_gigabytes_is_refused_in_words() {
    use std::io::{Cursor, Write};
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let zeros = vec![b'0'; 8 << 20];
    for sheet in 0..51 {
        zip.start_file(format!("xl/worksheets/sheet{sheet}.xml"), options).unwrap();
        zip.write_all(&zeros).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    let server = TestServer::start(sqlite());
    for kind in ["people", "oneroster"] {
        let answer = upload(&server, "registrar", kind, &bomb).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], "/file", "{kind}");
    }
    assert!(listed(&server, "registrar", 10).await.is_empty());
}

async fn what_columns_mean_is_said_anew(server: TestServer) {
    let file = "Number,Name,Remark\nS1,Ada,ada@campus.example\n";
    let uploaded = upload(&server, "registrar", "people", file.as_bytes()).await.json();
    assert_eq!(uploaded["mapping"], json!({"Number": "number", "Name": "name"}), "{uploaded}");
    let path = format!("/api/v1/imports/{}", uploaded["id"].as_str().unwrap());
    let map = async |mapping: Value| {
        let body = json!({"mapping": mapping});
        server.call("registrar", Method::PUT, &format!("{path}/mapping"), body).await
    };
    let refused = map(json!({"Number": "number"})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    let unknown = map(json!({"Number": "number", "Name": "name", "Mail": "email"})).await;
    assert!(unknown.text.contains("no heading"), "{}", unknown.text);
    let mapping = json!({"Number": "number", "Name": "name", "Remark": "email"});
    let mapped = map(mapping.clone()).await;
    assert_eq!(mapped.status, StatusCode::OK, "{}", mapped.text);
    assert_eq!((&mapped.json()["mapping"], &mapped.json()["wrong"]), (&mapping, &json!(0)));
    let done = server.post("registrar", &format!("{path}/confirmation"), json!({})).await;
    assert_eq!(done.json()["state"], "imported", "{}", done.text);
    assert_eq!(found(&server, "Ada").await[0]["email"], "ada@campus.example");
    assert_eq!(map(mapping).await.status, StatusCode::CONFLICT, "it is confirmed");
}

#[test]
fn the_page_of_an_import_asks_for_states_that_exist() {
    let template = include_str!("../../src/pages/import.html");
    let asked = template.split("self.is(\"").skip(1).filter_map(|rest| rest.split('"').next());
    assert!(asked.clone().count() > 3);
    assert!(asked.into_iter().all(|state| State::from_key(state).is_some()));
}
