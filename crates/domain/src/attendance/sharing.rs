//! Sharing of codes, discouraged: whose phone a phone is, and from which networks marks come.

use super::location::DistanceRule;
use super::mark::Refusal;
use super::session::Mode;
use ipnet::IpNet;
use std::net::IpAddr;

/// What happens when a rule is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strictness {
    /// Nobody looks.
    Off,
    /// The mark counts, and staff see why it deserves a look.
    #[default]
    Flag,
    /// The mark is refused.
    Refuse,
}

impl Strictness {
    /// Every strictness, the mildest first.
    pub const ALL: [Self; 3] = [Self::Off, Self::Flag, Self::Refuse];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Flag => "flag",
            Self::Refuse => "refuse",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Off => "Allow",
            Self::Flag => "Accept the mark, and flag it",
            Self::Refuse => "Refuse the mark",
        }
    }

    /// The strictness of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strictness| strictness.key() == key)
    }
}

/// The networks of the campus; without any, every network counts as one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Most networks in the list.
    pub const MOST: usize = 100;

    /// Reads networks in CIDR notation, or single addresses, separated by lines, blanks or commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split([',', ' ', '\t', '\r', '\n']).filter(|part| !part.is_empty());
        let network = |part: &str| {
            let wrong = format!("{part} is no network: write for example 10.20.0.0/16.");
            let single = || part.parse::<IpAddr>().map(IpNet::from);
            part.parse::<IpNet>().or_else(|_| single()).map(|net| net.trunc()).map_err(|_| wrong)
        };
        let networks = parts.map(network).collect::<Result<Vec<_>, _>>()?;
        if networks.len() > Self::MOST {
            return Err(format!("These are more than {} networks.", Self::MOST));
        }
        Ok(Self(networks))
    }

    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address lies outside all of them. One that can't be read lies outside.
    pub fn excludes(&self, address: &str) -> bool {
        let address = address.parse::<IpAddr>().map(|address| address.to_canonical());
        let inside = |address| self.0.iter().any(|net| net.contains(&address));
        !self.is_empty() && !address.is_ok_and(inside)
    }
}

impl std::fmt::Display for Networks {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts = self.0.iter().map(ToString::to_string).collect::<Vec<_>>();
        out.write_str(&texts.join("\n"))
    }
}

/// Whose the device is by which a student marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The student's own, or nobody's yet.
    Free,
    /// Another student's.
    Other,
    /// Nobody can tell, because the browser did not say which device it is on.
    Unknown,
}

/// How strict the institution is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// With a second student on one device.
    pub device: Strictness,
    /// With marks in class from outside the campus's networks.
    pub network: Strictness,
    /// The campus's networks.
    pub networks: Networks,
    /// How far from the room a mark in class may be made.
    pub distance: DistanceRule,
}

impl Rules {
    /// Why a mark that would count otherwise is refused. Online sessions take marks from anywhere.
    pub fn refusal(&self, holder: Holder, mode: Mode, address: &str) -> Option<Refusal> {
        let outside = mode == Mode::InClass && self.networks.excludes(address);
        let strict = outside && self.network == Strictness::Refuse;
        self.device_refusal(holder).or_else(|| strict.then_some(Refusal::WrongNetwork))
    }

    /// The same as far as the device goes: where an offline mark is sent from says nothing.
    pub fn device_refusal(&self, holder: Holder) -> Option<Refusal> {
        match (self.device, holder) {
            (Strictness::Refuse, Holder::Other) => Some(Refusal::DeviceTaken),
            (Strictness::Refuse, Holder::Unknown) => Some(Refusal::DeviceUnknown),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn campus() -> Networks {
        Networks::parse("10.20.0.0/16, 2001:db8:1::/48\n192.0.2.7").unwrap()
    }

    #[rstest]
    #[case::inside("10.20.255.1", false)]
    #[case::outside("10.21.0.1", true)]
    #[case::inside_v6("2001:db8:1:ffff::1", false)]
    #[case::outside_v6("2001:db8:2::1", true)]
    #[case::single("192.0.2.7", false)]
    #[case::next_to_it("192.0.2.8", true)]
    #[case::mapped("::ffff:10.20.3.4", false)]
    #[case::unreadable("", true)]
    fn addresses_lie_inside_or_outside(#[case] address: &str, #[case] outside: bool) {
        assert_eq!(campus().excludes(address), outside);
        assert!(!Networks::default().excludes(address));
    }

    #[test]
    fn what_is_no_network_is_named() {
        let wrong = Networks::parse("10.0.0.0/8 campus").unwrap_err();
        assert!(wrong.starts_with("campus is no network"), "{wrong}");
        assert!(Networks::parse("10.0.0.0/33").is_err());
    }

    #[test]
    fn networks_are_shown_as_they_are_kept() {
        let shown = campus().to_string();
        assert_eq!(shown, "10.20.0.0/16\n2001:db8:1::/48\n192.0.2.7/32");
        assert_eq!(Networks::parse(&shown), Ok(campus()));
        assert_eq!(Networks::parse("10.20.3.4/16").unwrap().to_string(), "10.20.0.0/16");
    }

    #[rstest]
    #[case::flagged_only(Strictness::Flag, Holder::Other, Mode::InClass, "10.21.0.1", None)]
    #[case::off(Strictness::Off, Holder::Unknown, Mode::InClass, "10.21.0.1", None)]
    #[case::own_and_inside(Strictness::Refuse, Holder::Free, Mode::InClass, "10.20.0.1", None)]
    #[case::taken(
        Strictness::Refuse,
        Holder::Other,
        Mode::Online,
        "10.20.0.1",
        Some(Refusal::DeviceTaken)
    )]
    #[case::unknown(
        Strictness::Refuse,
        Holder::Unknown,
        Mode::Online,
        "10.20.0.1",
        Some(Refusal::DeviceUnknown)
    )]
    #[case::unknown_flagged(Strictness::Flag, Holder::Unknown, Mode::Online, "10.20.0.1", None)]
    #[case::outside(
        Strictness::Refuse,
        Holder::Free,
        Mode::InClass,
        "10.21.0.1",
        Some(Refusal::WrongNetwork)
    )]
    #[case::online(Strictness::Refuse, Holder::Free, Mode::Online, "10.21.0.1", None)]
    fn each_strictness_does_what_it_says(
        #[case] strictness: Strictness,
        #[case] holder: Holder,
        #[case] mode: Mode,
        #[case] address: &str,
        #[case] refusal: Option<Refusal>,
    ) {
        let rules = Rules {
            device: strictness,
            network: strictness,
            networks: campus(),
            ..Rules::default()
        };
        assert_eq!(rules.refusal(holder, mode, address), refusal);
    }
}
