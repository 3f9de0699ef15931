//! Classes with their courses and their staff.

use super::draft::Draft;
use super::known::{ClassNames, Known};
use super::sessions::Terms;
use super::users::Users;
use super::{COURSE_ID, SOURCED_ID};
use muster_documents::oneroster::{Bundle, Record};
use muster_domain::imports::Kind;
use muster_domain::text::fold;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Longest section.
const SECTION: usize = 40;

/// Classes by the other system's names.
pub(super) struct Classes<'b> {
    names: HashMap<String, ClassNames>,
    /// Courses of the bundle: by their names there.
    courses: HashMap<&'b str, Record<'b>>,
    /// The title of a code, where several courses have the same.
    titles: HashMap<String, &'b str>,
}

impl<'b> Classes<'b> {
    pub fn of(bundle: &'b Bundle, known: &Known, terms: &Terms) -> Self {
        let courses: HashMap<_, _> =
            bundle.courses.records().map(|course| (course.id(), course)).collect();
        let mut titles = HashMap::new();
        for course in bundle.courses.records() {
            let code = known.courses.get(course.id()).map_or_else(|| code(course), String::as_str);
            titles.entry(fold(code)).or_insert(course.get("title"));
        }
        let mut found = Self { names: known.classes.clone(), courses, titles };
        let new = bundle.classes.records().filter(|class| !found.names.contains_key(class.id()));
        let new: Vec<_> = new
            .map(|class| {
                let id = class.get("courseSourcedId");
                let here = known.courses.get(id).map(String::as_str);
                let course = here.or_else(|| found.courses.get(id).map(|course| code(*course)));
                let term = terms.first(class.get("termSourcedIds"));
                (class, course.unwrap_or_default(), term.unwrap_or_default())
            })
            .collect();
        let sections = sections(&new, &found.names);
        for ((class, course, term), section) in new.into_iter().zip(sections) {
            let (course, term) = (course.to_owned(), term.to_owned());
            found.names.insert(class.id().to_owned(), ClassNames { course, section, term });
        }
        found
    }

    /// What a class is called here.
    pub fn names(&self, id: &str) -> Option<&ClassNames> {
        self.names.get(id)
    }

    pub fn draft(&self, bundle: &Bundle, users: &Users<'_>) -> Draft {
        let columns = [
            "course",
            "course_name",
            "term",
            "section",
            "room",
            "teachers",
            "assistants",
            "former_staff",
            "status",
            SOURCED_ID,
            COURSE_ID,
        ];
        let mut draft = Draft::new(Kind::Classes, bundle.classes.file, &columns);
        let mut staff = staff(bundle, users);
        for class in bundle.classes.records() {
            let team = staff.remove(class.id()).unwrap_or_default();
            let course = class.get("courseSourcedId");
            let Some(names) = self.names(class.id()).filter(|names| !names.course.is_empty())
            else {
                let why = format!("The course “{course}” is neither in this bundle nor known.");
                draft.fault(class.number(), why);
                continue;
            };
            let title = self.titles.get(&fold(&names.course)).copied().unwrap_or_default();
            let in_bundle = self.courses.contains_key(course);
            let cells = [
                names.course.as_str(),
                if in_bundle { title } else { "" },
                &names.term,
                &names.section,
                class.get("location"),
                &team.teachers,
                &team.assistants,
                &team.former,
                if class.is_gone() { "archived" } else { "active" },
                class.id(),
                course,
            ];
            draft.line(class.number(), &cells);
        }
        self.known_before(&mut draft, staff);
        draft
    }

    /// Staff of classes that the bundle does not repeat.
    fn known_before(&self, draft: &mut Draft, staff: BTreeMap<&str, Team>) {
        for (id, team) in staff {
            let Some(names) = self.names(id) else {
                let why = format!("The class “{id}” is neither in this bundle nor known.");
                draft.fault(team.line, why);
                continue;
            };
            let ClassNames { course, section, term } = names;
            let Team { teachers, assistants, former, .. } = &team;
            let cells = [course, "", term, section, "", teachers, assistants, former, "", id, ""];
            draft.line(team.line, &cells);
        }
    }
}

/// Who teaches a class, as cells.
#[derive(Default)]
struct Team {
    line: u64,
    teachers: String,
    assistants: String,
    former: String,
}

/// By the other system's names of the classes, those of an earlier line first.
fn staff<'b>(bundle: &'b Bundle, users: &Users<'_>) -> BTreeMap<&'b str, Team> {
    let mut found: BTreeMap<&str, Team> = BTreeMap::new();
    for place in bundle.enrollments.records() {
        let role = place.get("role").to_lowercase();
        if role != "teacher" && role != "aide" {
            continue;
        }
        let team = found.entry(place.get("classSourcedId")).or_default();
        team.line = if team.line == 0 { place.number() } else { team.line };
        let cell = match (place.is_gone(), role.as_str()) {
            (true, _) => &mut team.former,
            (false, "teacher") => &mut team.teachers,
            (false, _) => &mut team.assistants,
        };
        // A number that nobody has is refused with the class's line.
        let id = place.get("userSourcedId");
        cell.push_str(users.number(id).unwrap_or(id));
        cell.push(';');
    }
    found
}

fn code(course: Record<'_>) -> &str {
    match course.get("courseCode") {
        "" => course.id(),
        code => code,
    }
}

/// A section for each class: its code, its title or its name there, the first that fits and that
/// no other class of its course and term has.
fn sections(
    classes: &[(Record<'_>, &str, &str)],
    known: &HashMap<String, ClassNames>,
) -> Vec<String> {
    let candidates = |class: &Record<'_>| {
        ["classCode", "title", "sourcedId"].map(|key| class.get(key).to_owned())
    };
    let key = |course: &str, term: &str, text: &str| (fold(course), fold(term), fold(text));
    let mut count: HashMap<(String, String, String), usize> = HashMap::new();
    for (class, course, term) in classes {
        let own: HashSet<_> =
            candidates(class).iter().map(|text| key(course, term, text)).collect();
        for key in own {
            *count.entry(key).or_default() += 1;
        }
    }
    for names in known.values() {
        *count.entry(key(&names.course, &names.term, &names.section)).or_default() += 1;
    }
    let section = |(class, course, term): &(Record<'_>, &str, &str)| {
        let fits = |text: &String| {
            !text.is_empty()
                && text.chars().count() <= SECTION
                && count.get(&key(course, term, text)) == Some(&1)
        };
        candidates(class).into_iter().find(fits).unwrap_or_else(|| class.id().to_owned())
    };
    classes.iter().map(section).collect()
}
