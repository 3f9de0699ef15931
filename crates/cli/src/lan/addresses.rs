//! Which of this machine's addresses phones reach.

use std::net::{IpAddr, Ipv4Addr};

/// Interfaces that lead to no phone: containers, virtual machines, tunnels.
const ELSEWHERE: [&str; 11] =
    ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "tun", "tap", "wg", "tailscale", "zt"];

/// Interfaces with their addresses, but for this machine's own.
pub(super) fn all() -> Vec<(String, IpAddr)> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the addresses of this machine can't be read");
        Vec::new()
    });
    let up = interfaces.into_iter().filter(|one| one.is_oper_up() && !one.is_loopback());
    up.map(|one| (one.name.clone(), one.ip())).collect()
}

/// The address for a QR: of a network for phones, rather a private one, and none of a tunnel.
pub(super) fn choose(all: &[(String, IpAddr)]) -> Option<Ipv4Addr> {
    let four = all.iter().filter_map(|(name, at)| match at {
        IpAddr::V4(at) => Some((name.as_str(), *at)),
        IpAddr::V6(_) => None,
    });
    let real = four.filter(|(name, _)| !ELSEWHERE.iter().any(|other| name.starts_with(other)));
    // The first of the best ones: systems list interfaces in the order in which they were made.
    real.min_by_key(|(_, at)| rank(*at)).map(|(_, at)| at)
}

fn rank(at: Ipv4Addr) -> u8 {
    match () {
        () if at.is_private() => 0,
        // Given by nobody, but reached from the same cable.
        () if at.is_link_local() => 2,
        () => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(all: &[(&str, &str)]) -> Option<String> {
        let all = all.iter().map(|(name, at)| ((*name).to_owned(), at.parse().unwrap()));
        choose(&all.collect::<Vec<_>>()).map(|at| at.to_string())
    }

    #[test]
    fn phones_are_sent_to_the_network_that_they_can_reach() {
        let house = ("wlan0", "192.168.1.5");
        assert_eq!(chosen(&[("docker0", "172.17.0.1"), house]).unwrap(), "192.168.1.5");
        assert_eq!(chosen(&[("tun0", "10.8.0.2"), house]).unwrap(), "192.168.1.5");
        assert_eq!(chosen(&[("eth0", "203.0.113.9"), house]).unwrap(), "192.168.1.5");
        assert_eq!(chosen(&[("eth0", "169.254.7.7"), house]).unwrap(), "192.168.1.5");
        assert_eq!(chosen(&[("eth0", "169.254.7.7")]).unwrap(), "169.254.7.7");
    }

    #[test]
    fn without_a_network_there_is_no_address() {
        assert_eq!(chosen(&[("docker0", "172.17.0.1"), ("eth0", "fe80::1")]), None);
    }
}
