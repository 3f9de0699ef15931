//! Marks of a session that deserve a look: signs that a code was passed on. They prove nothing,
//! so they change nothing; a person looks and decides.

use super::location::{DistanceRule, Nearness};
use super::mark::Method;
use super::session::Mode;
use super::sharing::Networks;
use crate::ids::{DeviceId, PersonId};
use crate::time::{Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

/// From how many students on at one address outside the campus it is a crowd.
const CROWD: usize = 3;
/// Within which time nobody gets from one network to another.
const SECONDS_APART: Span = Span::seconds(60);

/// Why a mark deserves a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suspicion {
    /// Its device marked, or belongs to, another student.
    SharedDevice,
    /// The student has used another device so far.
    NewDevice,
    /// The browser did not say which device it is on.
    UnknownDevice,
    /// It came from outside the campus's networks.
    OutsideNetwork,
    /// Several students were marked from the same address outside the campus.
    CrowdedAddress,
    /// Its device was in another network seconds before or after.
    ImpossibleMove,
    /// It was made farther from the room than the settings allow.
    TooFar,
    /// The browser did not tell how far from the room it was.
    DistanceUnknown,
    /// An offline mark that arrived long after its code.
    ArrivedLate,
    /// An offline mark of a device that had a network after its code was gone.
    HeardSince,
    /// An offline mark by a key that was withdrawn after its code, and before it came.
    WithdrawnSince,
    /// An offline mark of a device whose clock is wrong.
    ClockOff,
    /// An offline mark that was scanned, by its device's clock, when its code was not on the screen.
    ScannedLater,
}

impl Suspicion {
    /// Every one, in the order of screens.
    pub const ALL: [Self; 13] = [
        Self::SharedDevice,
        Self::NewDevice,
        Self::UnknownDevice,
        Self::OutsideNetwork,
        Self::CrowdedAddress,
        Self::ImpossibleMove,
        Self::TooFar,
        Self::DistanceUnknown,
        Self::ArrivedLate,
        Self::HeardSince,
        Self::WithdrawnSince,
        Self::ClockOff,
        Self::ScannedLater,
    ];

    /// The one of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suspicion| suspicion.key() == key)
    }

    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SharedDevice => "shared-device",
            Self::NewDevice => "new-device",
            Self::UnknownDevice => "unknown-device",
            Self::OutsideNetwork => "outside-network",
            Self::CrowdedAddress => "crowded-address",
            Self::ImpossibleMove => "impossible-move",
            Self::TooFar => "too-far",
            Self::DistanceUnknown => "distance-unknown",
            Self::ArrivedLate => "arrived-late",
            Self::HeardSince => "online-since",
            Self::WithdrawnSince => "withdrawn-since",
            Self::ClockOff => "clock-off",
            Self::ScannedLater => "scanned-later",
        }
    }

    /// A few words, beside the mark.
    pub const fn label(self) -> &'static str {
        match self {
            Self::SharedDevice => "Shared device",
            Self::NewDevice => "New device",
            Self::UnknownDevice => "Unknown device",
            Self::OutsideNetwork => "Outside network",
            Self::CrowdedAddress => "Crowded address",
            Self::ImpossibleMove => "Two places at once",
            Self::TooFar => "Far from the room",
            Self::DistanceUnknown => "Distance unknown",
            Self::ArrivedLate => "Arrived late",
            Self::HeardSince => "Online since",
            Self::WithdrawnSince => "Withdrawn since",
            Self::ClockOff => "Clock off",
            Self::ScannedLater => "Scanned later",
        }
    }

    /// What it means, in a sentence.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::SharedDevice => "This phone marked, or belongs to, another student.",
            Self::NewDevice => "This student has used another phone until now.",
            Self::UnknownDevice => "Nobody can tell whose phone this was: it kept no cookie.",
            Self::OutsideNetwork => "The mark came from outside the campus networks.",
            Self::CrowdedAddress => {
                "Several students were marked from this one address outside the campus."
            }
            Self::ImpossibleMove => "This phone was in another network seconds before or after.",
            Self::TooFar => "This phone was farther from the room than the settings allow.",
            Self::DistanceUnknown => "The browser did not tell how far from the room it was.",
            Self::ArrivedLate => {
                "It arrived more than an hour after its code had been on the screen."
            }
            Self::HeardSince => {
                "This phone was online after the code was on the screen, and sent it later."
            }
            Self::WithdrawnSince => "This phone was withdrawn before it sent this.",
            Self::ClockOff => "This phone’s clock is off by more than five minutes.",
            Self::ScannedLater => {
                "By this phone’s clock it was scanned when the code was not on the screen."
            }
        }
    }
}

/// A mark, as far as the signs go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Whose.
    pub person: PersonId,
    /// How it was made.
    pub method: Method,
    /// When.
    pub at: Timestamp,
    /// By which device; none if it was not known at the time.
    pub device: Option<DeviceId>,
    /// From which address.
    pub address: Option<String>,
    /// How many metres from the room, where the browser told.
    pub metres: Option<i64>,
}

/// Whose a device is, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Device.
    pub device: DeviceId,
    /// Student.
    pub person: PersonId,
    /// Since when.
    pub bound_at: Timestamp,
}

/// What the institution looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch<'w> {
    /// Where the session's students are.
    pub mode: Mode,
    /// Whether devices are looked at.
    pub devices: bool,
    /// The campus's networks, where they are looked at.
    pub networks: Option<&'w Networks>,
    /// How far from the room is near enough, where the class wants to know.
    pub distance: Option<&'w DistanceRule>,
}

/// What deserves a look, by student. `bindings` are those of the marks' devices and students.
pub fn suspicions(
    watch: &Watch<'_>,
    sightings: &[Sighting],
    bindings: &[Binding],
) -> BTreeMap<PersonId, BTreeSet<Suspicion>> {
    let mut found: BTreeMap<PersonId, BTreeSet<Suspicion>> = BTreeMap::new();
    // Staff mark from wherever they are.
    let own = |sighting: &&Sighting| sighting.method.is_own();
    let own: Vec<_> = sightings.iter().filter(own).collect();
    let mut note = |person, suspicion| {
        found.entry(person).or_default().insert(suspicion);
    };
    if watch.devices {
        by_device(&own, bindings, &mut note);
    }
    by_address(watch, &own, &mut note);
    if let Some(rule) = watch.distance {
        by_distance(rule, &own, &mut note);
    }
    found
}

fn by_device(own: &[&Sighting], bindings: &[Binding], note: &mut impl FnMut(PersonId, Suspicion)) {
    let owners: HashMap<_, _> = bindings.iter().map(|one| (one.device, one)).collect();
    let mut used: HashMap<DeviceId, Vec<&Sighting>> = HashMap::new();
    for sighting in own {
        let Some(device) = sighting.device else {
            note(sighting.person, Suspicion::UnknownDevice);
            continue;
        };
        used.entry(device).or_default().push(sighting);
        match owners.get(&device) {
            Some(owner) if owner.person != sighting.person => {
                note(sighting.person, Suspicion::SharedDevice);
            }
            Some(owner) => {
                let earlier = bindings.iter().any(|one| {
                    one.person == sighting.person
                        && one.device != device
                        && one.bound_at < owner.bound_at
                });
                if earlier && owner.bound_at >= sighting.at {
                    note(sighting.person, Suspicion::NewDevice);
                }
            }
            None => {}
        }
    }
    for shared in used.values().filter(|shared| shared.len() > 1) {
        for one in shared {
            note(one.person, Suspicion::SharedDevice);
            if shared.iter().any(|other| moved(one, other)) {
                note(one.person, Suspicion::ImpossibleMove);
            }
        }
    }
}

fn by_distance(rule: &DistanceRule, own: &[&Sighting], note: &mut impl FnMut(PersonId, Suspicion)) {
    for sighting in own {
        match rule.judge(sighting.metres) {
            Nearness::Near => {}
            Nearness::Far => note(sighting.person, Suspicion::TooFar),
            Nearness::Unknown => note(sighting.person, Suspicion::DistanceUnknown),
        }
    }
}

/// Whether nobody gets from one to the other in that time.
fn moved(one: &Sighting, other: &Sighting) -> bool {
    let networks = (network(one.address.as_deref()), network(other.address.as_deref()));
    let apart = Span((one.at - other.at).0.abs());
    matches!(networks, (Some(one), Some(other)) if one != other) && apart <= SECONDS_APART
}

fn by_address(watch: &Watch<'_>, own: &[&Sighting], note: &mut impl FnMut(PersonId, Suspicion)) {
    let named = watch.networks.filter(|networks| !networks.is_empty());
    let outside = |address: &str| named.is_some_and(|networks| networks.excludes(address));
    let addresses = || own.iter().filter_map(|sighting| sighting.address.as_deref());
    let strays = addresses().filter(|address| outside(address)).count();
    // Online everybody may be at home; not where most of the class sits on the campus.
    let on_campus = watch.mode == Mode::InClass || strays * 2 < addresses().count();
    let mut crowds: HashMap<&str, Vec<PersonId>> = HashMap::new();
    for sighting in own {
        let Some(address) = sighting.address.as_deref() else { continue };
        if on_campus && outside(address) {
            note(sighting.person, Suspicion::OutsideNetwork);
        }
        // Where no network is named, a class in its room shares an address for good reasons.
        if named.map_or(watch.mode == Mode::Online, |networks| networks.excludes(address)) {
            crowds.entry(address).or_default().push(sighting.person);
        }
    }
    for people in crowds.values().filter(|people| people.len() >= CROWD) {
        for person in people {
            note(*person, Suspicion::CrowdedAddress);
        }
    }
}

/// The network of an address: a provider gives out /24s and /48s, and phones move within them.
fn network(address: Option<&str>) -> Option<Vec<u8>> {
    match address?.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.octets().get(..3).map(<[u8]>::to_vec),
        IpAddr::V6(address) => address.octets().get(..6).map(<[u8]>::to_vec),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attendance::sharing::Strictness;
    use uuid::Uuid;

    const CAMPUS: &str = "10.20.0.7";
    const HOME: &str = "192.0.2.1";

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn device(n: u128) -> DeviceId {
        DeviceId(Uuid::from_u128(n))
    }

    /// Student `n`, by a device, from an address, so many seconds after noon.
    fn sighting(n: u128, phone: u128, address: &str, second: i64) -> Sighting {
        Sighting {
            person: person(n),
            method: Method::Qr,
            at: Timestamp(second * 1_000_000),
            device: Some(device(phone)),
            address: Some(address.to_owned()),
            metres: None,
        }
    }

    fn binding(phone: u128, n: u128, second: i64) -> Binding {
        let bound_at = Timestamp(second * 1_000_000);
        Binding { device: device(phone), person: person(n), bound_at }
    }

    fn of(mode: Mode, sightings: &[Sighting], bindings: &[Binding]) -> Vec<(u128, Vec<Suspicion>)> {
        let networks = Networks::parse("10.20.0.0/16").unwrap();
        let watch = Watch { mode, devices: true, networks: Some(&networks), distance: None };
        let found = suspicions(&watch, sightings, bindings).into_iter();
        found.map(|(person, why)| (person.0.as_u128(), why.into_iter().collect())).collect()
    }

    #[test]
    fn one_phone_for_two_students_is_seen_at_both() {
        let sightings = [sighting(1, 1, CAMPUS, 0), sighting(2, 1, CAMPUS, 300)];
        let found = of(Mode::InClass, &sightings, &[binding(1, 1, 0)]);
        assert_eq!(found, [(1, vec![Suspicion::SharedDevice]), (2, vec![Suspicion::SharedDevice])]);
    }

    #[test]
    fn a_phone_of_somebody_who_is_not_marked_is_seen_too() {
        let found = of(Mode::InClass, &[sighting(2, 1, CAMPUS, 0)], &[binding(1, 1, -500)]);
        assert_eq!(found, [(2, vec![Suspicion::SharedDevice])]);
    }

    #[test]
    fn a_second_phone_of_ones_own_is_new_only_once() {
        let bindings = [binding(1, 1, -500), binding(2, 1, 0)];
        let found = of(Mode::InClass, &[sighting(1, 2, CAMPUS, 0)], &bindings);
        assert_eq!(found, [(1, vec![Suspicion::NewDevice])]);
        assert!(of(Mode::InClass, &[sighting(1, 2, CAMPUS, 900)], &bindings).is_empty());
        assert!(of(Mode::InClass, &[sighting(1, 1, CAMPUS, 0)], &bindings[..1]).is_empty());
    }

    #[test]
    fn a_mark_of_a_phone_that_nobody_knows_deserves_a_look() {
        let unknown = Sighting { device: None, ..sighting(1, 1, CAMPUS, 0) };
        let found = of(Mode::Online, std::slice::from_ref(&unknown), &[]);
        assert_eq!(found, [(1, vec![Suspicion::UnknownDevice])]);
        let by_hand = Sighting { method: Method::Manual, ..unknown };
        assert!(of(Mode::Online, &[by_hand], &[]).is_empty());
    }

    #[test]
    fn a_phone_in_two_networks_within_seconds_was_not_carried() {
        let near = [sighting(1, 1, CAMPUS, 0), sighting(2, 1, HOME, 30)];
        assert!(of(Mode::Online, &near, &[])[0].1.contains(&Suspicion::ImpossibleMove));
        let later = [sighting(1, 1, CAMPUS, 0), sighting(2, 1, HOME, 90)];
        assert!(!of(Mode::Online, &later, &[])[0].1.contains(&Suspicion::ImpossibleMove));
        let within = [sighting(1, 1, HOME, 0), sighting(2, 1, "192.0.2.200", 30)];
        assert!(!of(Mode::Online, &within, &[])[0].1.contains(&Suspicion::ImpossibleMove));
    }

    #[test]
    fn outside_the_campus_is_odd_in_class_and_where_the_others_are_on_it() {
        let all = [sighting(1, 1, CAMPUS, 0), sighting(2, 2, CAMPUS, 1), sighting(3, 3, HOME, 2)];
        let odd = [(3, vec![Suspicion::OutsideNetwork])];
        assert_eq!(of(Mode::InClass, &all, &[]), odd);
        assert_eq!(of(Mode::Online, &all, &[]), odd);
        assert!(of(Mode::Online, &all[1..], &[]).is_empty(), "half of them are at home");
    }

    #[test]
    fn a_crowd_at_one_address_is_odd_outside_the_campus_only() {
        let at = |address| (1..=3).map(|n| sighting(n, n, address, 0)).collect::<Vec<_>>();
        let crowd = of(Mode::Online, &at(HOME), &[]);
        assert_eq!(crowd.len(), 3);
        assert!(crowd.iter().all(|(_, why)| why == &[Suspicion::CrowdedAddress]));
        assert!(of(Mode::Online, &at(HOME)[..2], &[]).is_empty());
        assert!(of(Mode::InClass, &at(CAMPUS), &[]).is_empty());
    }

    #[test]
    fn a_class_that_shares_an_address_is_fine_where_no_network_is_named() {
        let all: Vec<_> = (1..=30).map(|n| sighting(n, n, HOME, 0)).collect();
        let watch = Watch { mode: Mode::InClass, devices: true, networks: None, distance: None };
        assert!(suspicions(&watch, &all, &[]).is_empty());
    }

    #[test]
    fn far_from_the_room_or_nobody_knows_how_far() {
        let rule = DistanceRule { strictness: Strictness::Flag, metres: 100 };
        let watch =
            Watch { mode: Mode::InClass, devices: false, networks: None, distance: Some(&rule) };
        let at = |n, metres| Sighting { metres, ..sighting(n, n, HOME, 0) };
        let by_hand = Sighting { method: Method::Manual, ..at(4, None) };
        let all = [at(1, Some(100)), at(2, Some(101)), at(3, None), by_hand];
        let found: Vec<_> = suspicions(&watch, &all, &[]).into_iter().collect();
        let [far, unknown] =
            [Suspicion::TooFar, Suspicion::DistanceUnknown].map(|why| BTreeSet::from([why]));
        assert_eq!(found, [(person(2), far), (person(3), unknown)]);
    }

    #[test]
    fn marks_by_staff_are_nobodys_trick() {
        let by_hand = Sighting { method: Method::Manual, ..sighting(1, 1, HOME, 0) };
        assert!(of(Mode::InClass, &[by_hand], &[binding(1, 2, -9)]).is_empty());
    }
}
